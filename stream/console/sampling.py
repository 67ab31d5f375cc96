"""Which decisions are kept whole when there are more than can be: by listing, so that what is kept has its history.

Times and listing keys in, yes or no out. Every decision is counted all the same; this is only about what can be looked
at one by one.
"""

from collections import deque
from zlib import crc32

_WHOLE = 1 << 32
_SECONDS_BACK = 4


class Sampling:
    """Keeps about `budget` decisions a second. A smaller share of listings lies within a greater one."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        # Second and count of the last few seconds that anything came in; and which share of listings is kept now.
        self._seen: deque[list[int]] = deque(maxlen=_SECONDS_BACK)
        self.share = 1.0

    def keeps(self, key: bytes) -> bool:
        """Tell whether the records of a listing are kept now.

        >>> Sampling(1_000).keeps(b"L-1")
        True
        """
        return self.share >= 1 or crc32(key) < self.share * _WHOLE

    def count(self, second: int, decisions: int) -> None:
        """Take in how many decisions a second had; the busiest of the last few says what can be kept.

        >>> sampling = Sampling(1_000)
        >>> sampling.count(0, 20_000)
        >>> sampling.share
        0.05
        """
        if self._seen and self._seen[-1][0] == second:
            self._seen[-1][1] += decisions
        else:
            self._seen.append([second, decisions])
        most = max(found for _, found in self._seen)
        self.share = min(1.0, self.budget / max(most, 1))
