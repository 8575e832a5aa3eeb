"""Moments and spans of time in words."""

from dashboard.texts import Texts
from dashboard.views.times import clock, duration


def test_times_and_spans_in_words():
    assert clock(0) == "1970-01-01 00:00:00" and clock(1e15) == "1e+15 s"
    spans = {0.25: "250 ms", -7: "7.0 s", 125: "2 min 05 s", 3900: "1 h 05 min", 90_000: "1 d 01 h"}
    assert duration(70, Texts("ja")) == "1 分 10 秒"
    assert {seconds: duration(seconds, Texts("en")) for seconds in spans} == spans
