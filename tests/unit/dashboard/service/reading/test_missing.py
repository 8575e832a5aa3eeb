"""Stations and shifts of a data set that never occur together."""

from __future__ import annotations

from dashboard.service.reading.diversity import missing
from sparsemix.dataset import read_files


def data(*lines: tuple[int, str]) -> bytes:
    return "\n".join(f"2026-03-02 {hour:02}:00:00 INFO {station} PLC cycle {hour}" for hour, station in lines).encode()


def test_stations_and_shifts_that_never_occur_together() -> None:
    files = [("a.log", data((7, "ST01"), (8, "ST01"), (15, "ST01"))), ("b.log", data((22, "ST02"), (23, "ST02")))]
    assert missing(read_files(files, "both")) == [("ST01", "night"), ("ST02", "early"), ("ST02", "late")]


def test_without_stations_or_times_none_is_missing() -> None:
    assert missing(read_files([("a.log", b"no station\nand no time here")], "one")) == []
