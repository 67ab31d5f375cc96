"""Policies in time, twice: when a phase binds and when it became known, to the second, in the policy's zone."""

import pytest

from stream.contract.instant import parse_instant
from stream.decide.decide import decide
from tests.decide.making import classified, event, policies, policy, rule, ruling

BLOCK = rule("always")


def dated(*phases, zone="Asia/Jakarta", head="", rules="[{id: r, when: always, then: block}]"):
    """Give a policy of phases written as `id | field: time, ...`."""
    lines = [f"policy: p\nversion: 1\nmarket: ID\ntimezone: {zone}\n{head}\nphases:"]
    for phase in phases:
        name, _, times = phase.partition("|")
        lines += [
            f"  - id: {name.strip()}",
            *(f"    {each.strip()}" for each in times.split(";")),
            "    citation: none",
            f"    rules: {rules}",
        ]
    return policies("\n".join(lines))


def in_force(held, as_of, known=None):
    """Give the name of the phase in force, or None."""
    found = ruling(held, event(), as_of=parse_instant(as_of), as_known_on=known and parse_instant(known))
    return found.policies[0].partition("/")[2].partition("#")[0] if found.policies else None


ZONES = [
    ("Asia/Jakarta", "2023-10-04T22:00:00", "2023-10-04T15:00:00Z"),
    ("Asia/Jakarta", "2023-10-04 22:00", "2023-10-04T22:00:00+07:00"),
    ("Asia/Jakarta", "2023-10-04T15:00:00Z", "2023-10-04T15:00:00Z"),
    ("Asia/Jakarta", "2021-08-03", "2021-08-02T17:00:00Z"),
    ("Europe/Berlin", "2021-07-01", "2021-06-30T22:00:00Z"),
    ("Europe/Berlin", "2021-12-01", "2021-11-30T23:00:00Z"),
    ("Europe/Berlin", "2021-10-31T02:30:00+01:00", "2021-10-31T01:30:00Z"),
    ("America/New_York", "2025-08-29T00:01:00", "2025-08-29T04:01:00Z"),
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
    ("Asia/Kathmandu", "2021-01-01", "2020-12-31T18:15:00Z"),
    # where clocks show an hour twice, skip one, show midnight twice, skip midnight or a day
    ("America/New_York", "2025-11-02T01:30:00-04:00", "2025-11-02T05:30:00Z"),
    ("America/New_York", "2025-11-02T01:30:00-05:00", "2025-11-02T06:30:00Z"),
    ("America/New_York", "2025-03-09T03:00:00", "2025-03-09T07:00:00Z"),
    ("America/Havana", "2021-11-07", "2021-11-07T04:00:00Z"),
    ("America/Havana", "2021-03-14", "2021-03-14T05:00:00Z"),
    ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
]


@pytest.mark.parametrize(("zone", "effective", "begins"), ZONES)
def test_a_phase_begins_at_its_second(zone, effective, begins):
    """One second before its time in its zone a phase does not bind; at it, it does, daylight saving included."""
    held = dated(f"a | effective: {effective}", zone=zone)
    moment = parse_instant(begins)
    before = parse_instant("1970-01-01T00:00:00Z")._replace(micros=moment.micros - 1_000_000)
    assert [ruling(held, event(), as_of=each).decision for each in (before, moment)] == ["allow", "block"]


PHASES = [
    # what comes in, moments with what is in force
    (
        ("a | effective: 2021-01-01", "b | effective: 2021-06-01"),
        {"2020-12-31": None, "2021-01-01": "a", "2021-05-31": "a", "2021-06-01": "b"},
    ),
    (("b | effective: 2021-06-01", "a | effective: 2021-01-01"), {"2021-05-31": "a", "2021-06-01": "b"}),
    (
        ("a | effective: 2021-01-01; until: 2021-03-01", "b | effective: 2021-06-01"),
        {"2021-02-28": "a", "2021-03-01": None, "2021-06-01": "b"},
    ),
    (
        ("a | effective: 2021-01-01", "b | effective: 2021-02-01; until: 2021-03-01"),
        {"2021-02-01": "b", "2021-03-01": None},
    ),
    (
        ("a | effective: 2021-01-01", "b | published: 2021-04-01; effective: 2021-01-01"),
        {"2021-03-31": "a", "2021-04-01": "b"},
    ),
]


@pytest.mark.parametrize(("phases", "expected"), PHASES)
def test_the_last_phase_to_take_effect_is_in_force(phases, expected):
    """A phase holds until the next one or its own end, in whatever order they are written; an ended one revives nothing."""
    held = dated(*phases)
    assert {day: in_force(held, f"{day}T00:00:00+07:00") for day in expected} == expected


def test_a_retroactive_phase_is_known_only_once_published():
    """As of March, known in March, the old phase decides; known in June, the one published in May with effect from January."""
    held = dated("old | effective: 2020-01-01", "back | published: 2021-05-01; effective: 2021-01-01")
    march, june = "2021-03-01T00:00:00Z", "2021-06-01T00:00:00Z"
    assert (in_force(held, march), in_force(held, march, march), in_force(held, march, june), in_force(held, june)) == (
        "old",
        "old",
        "back",
        "back",
    )


def test_an_announced_phase_does_not_bind_yet():
    """A phase published long before it takes effect binds from `effective`; as known before, it does not exist."""
    held = dated("a | published: 2021-01-01; effective: 2021-06-01")
    assert in_force(held, "2021-05-31T00:00:00Z") is None
    assert in_force(held, "2021-06-02T00:00:00Z") == "a"
    assert in_force(held, "2021-06-02T00:00:00Z", "2020-12-31T00:00:00Z") is None


def test_a_named_list_follows_the_day():
    """A value is on a list from its date to its end, and as known only once published."""
    rows = "value,from,until,published\nCN,2021-02-01,2021-03-01,\nVN,2021-01-01,,2021-06-01\n"
    held = policies(
        policy(rule("{origin.country: {in_list: closed}}"), "lists: {closed: closed.csv}"), tables={"closed.csv": rows}
    )

    def blocked(country, day, known=None):
        moments = [each and parse_instant(f"{each}T12:00:00+07:00") for each in (day, known)]
        return (
            ruling(held, event(origin={"country": country}), as_of=moments[0], as_known_on=moments[1]).decision
            == "block"
        )

    assert [blocked("CN", day) for day in ("2021-01-31", "2021-02-01", "2021-02-28", "2021-03-01")] == [
        False,
        True,
        True,
        False,
    ]
    assert [blocked("VN", "2021-05-31"), blocked("VN", "2021-06-01"), blocked("VN", "2021-05-31", "2021-07-01")] == [
        False,
        True,
        True,
    ]


def test_each_event_of_a_batch_has_its_own_moment():
    """Events of one batch are decided by the phases of their own times, and of their own markets."""
    held = dated("a | effective: 2021-01-01", "b | effective: 2021-06-01")
    times = [parse_instant(f"{day}T00:00:00+07:00") for day in ("2021-06-01", "2020-01-01", "2021-05-31", "2021-06-02")]
    listings = [event(), event(), event(), event(market="MY")]
    found = decide(held, listings, classified(*[{"other": 1}] * 4), times)
    assert [[name[:5] for name in each.policies] for each in found] == [["p@1/b"], [], ["p@1/a"], []]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_ends_of_the_calendar_do_no_harm(moment):
    """An event may carry any time that can be written, in every zone."""
    held = dated("a | effective: 2021-01-01", zone="Pacific/Kiritimati")
    assert ruling(held, event(), as_of=parse_instant(moment)).decision in ("allow", "block")


def test_ids_name_the_document_with_its_lists_and_rates_of_the_day():
    """An id changes with the rules, with the list or the rates in force, and with nothing else."""
    head = "lists: {closed: closed.csv}\nrates: {bi: {file: bi.csv, base: IDR, basis: x}}"
    tables = {"closed.csv": "value,from\nCN,\n", "bi.csv": "date,currency,rate\n2021-08-03,USD,14345\n"}

    text = policy(rule("{origin.country: {in_list: closed}}"), head)

    def name(text=text, **changed):
        return ruling(
            policies(text, tables=tables | {f"{key}.csv": value for key, value in changed.items()}), event()
        ).policies[0]

    same = name()
    assert name(policy(rule("{origin.country: {in_list: closed}}"), f"{head}\n# a remark\n\n")) == same
    assert name(closed="value,from,note\nCN,,first\nVN,2030-01-01,later\n") == same
    assert name(bi="date,currency,rate\n2021-08-03,USD,14345.00\n2021-08-04,USD,1\n") == same
    assert name(policy(rule("{origin.country: {in_list: closed}}", "allow"), head)) != same
    assert name(closed="value\nCN\nVN\n") != same
    assert name(bi="date,currency,rate\n2021-08-03,USD,14346\n") != same
