"""How often somebody may ask: names and moments in, yes or no out; as many names are remembered as fit."""

from collections import OrderedDict
from threading import Lock

NAMES_AT_MOST = 10_000


class Limit:
    """`burst` at once, then `a_second`."""

    def __init__(self, a_second: float, burst: int) -> None:
        self._a_second, self._burst = a_second, burst
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def allows(self, name: str, now: float) -> bool:
        """Tell whether one more is within the limit, and count it if so; `now` in seconds.

        >>> limit = Limit(1, 2)
        >>> [limit.allows("ana", 0), limit.allows("ana", 0), limit.allows("ana", 0), limit.allows("ana", 1)]
        [True, True, False, True]
        """
        with self._lock:
            left, at = self._left.pop(name, (float(self._burst), now))
            left = min(self._burst, left + (now - at) * self._a_second)
            self._left[name] = (left - 1 if left >= 1 else left, now)
            while len(self._left) > NAMES_AT_MOST:
                self._left.popitem(last=False)
            return left >= 1
