"""The timeline that was asked for: policies and the words of a date in, every policy's calendar at that moment out.

It refuses to know clocks and how a timeline is shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from stream.contract.instant import Instant, instant_at, parse_instant
from stream.decide.asks import Moment
from stream.decide.local_time import check_year, read_time
from stream.decide.phase_calendar import Calendar, calendar_of
from stream.decide.policy import PolicySet
from stream.decide.unreadable import Unreadable
from stream.problems import BadSetup, Problem
from stream.timeline.axis import Axis, axis_of


@dataclass(frozen=True, slots=True)
class Timeline:
    """Calendars of one moment, `on`, as known at another."""

    calendars: tuple[Calendar, ...]
    on: Instant
    known_on: Instant

    @property
    def zone(self) -> ZoneInfo:
        """The zone that all policies share, else UTC."""
        return shared_zone(calendar.policy.zone for calendar in self.calendars) or ZoneInfo("UTC")

    def axis(self) -> Axis:
        """Give an axis on which everything has its place."""
        return axis_of(self._moments(), self.zone)

    def _moments(self) -> Iterator[int]:
        yield self.on.micros
        for span in (span for calendar in self.calendars for span in calendar.spans):
            yield from (at for at in (span.begins, span.ends) if at is not None)


def timeline_of(policies: PolicySet, on: Instant, known_on: Instant | None = None) -> Timeline:
    """Give every policy's calendar at a moment, as known then unless another is given."""
    moment = Moment(on.micros, (known_on or on).micros)
    return Timeline(tuple(calendar_of(policy, moment) for policy in policies.policies), on, known_on or on)


def asked_moment(text: str | None, place: str, policies: PolicySet) -> Instant | None:
    """Read the moment that an option or a setting asks for; raises BadSetup."""
    try:
        return None if text is None else read_moment(text, policies)
    except Unreadable as reason:
        raise BadSetup([Problem(reason.message, place, reason.hint)]) from None


def read_moment(text: str, policies: PolicySet) -> Instant:
    """Read RFC 3339, or a time as a policy writes it, in the zone that all policies share; raises Unreadable."""
    try:
        instant = parse_instant(text)
        check_year(int(text[:4]), text)
        return instant
    except ValueError:
        zone = shared_zone(policy.zone for policy in policies.policies)
    instant = instant_at(read_time(text, zone or ZoneInfo("UTC")))
    if zone is None:
        raise Unreadable(f"`{text}` needs an offset: the policies' zones differ", f"write `{instant.text}`")
    return instant


def shared_zone(zones: Iterator[ZoneInfo]) -> ZoneInfo | None:
    """Give the zone if it is the same one everywhere."""
    keys = {zone.key for zone in zones}
    return ZoneInfo(keys.pop()) if len(keys) == 1 else None
