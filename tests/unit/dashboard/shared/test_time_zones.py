"""The time zones that are offered where a file is read."""

from __future__ import annotations

from dashboard.shared.files.reading_preview import time_zones
from sparsemix.readers import ReadOptions


def test_every_zone_that_is_offered_can_be_used() -> None:
    zones = time_zones()
    assert zones[0] == "UTC" and "Asia/Tokyo" in zones and len(zones) == len(set(zones))
    for name in zones:
        assert ReadOptions(time_zone=name).time_zone == name
