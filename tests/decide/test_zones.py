"""A policy means the same moments on every machine: zones are those of the locked package."""

import zoneinfo
from datetime import datetime, timedelta
from importlib.resources import files

from stream.decide.zones import zone_named, zone_names


def test_the_zones_of_the_machine_change_nothing(tmp_path):
    """Not even where the machine has other rules under the same name."""
    (tmp_path / "Asia").mkdir()
    (tmp_path / "Asia" / "Jakarta").write_bytes(files("tzdata").joinpath("zoneinfo", "UTC").read_bytes())
    zone_named.cache_clear()
    zoneinfo.reset_tzpath([tmp_path])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        assert zoneinfo.ZoneInfo("Asia/Jakarta").utcoffset(datetime(2021, 8, 3)) == timedelta(0)
        assert zone_named("Asia/Jakarta").utcoffset(datetime(2021, 8, 3)) == timedelta(hours=7)
    finally:
        zoneinfo.reset_tzpath()
        zoneinfo.ZoneInfo.clear_cache()


def test_every_zone_that_a_policy_may_name_has_rules():
    """A name is in the list if and only if it can be read; one of no place is not."""
    for name in zone_names():
        assert zone_named(name).key == name
    assert {"localtime", "Factory", "posixrules"}.isdisjoint(zone_names())
