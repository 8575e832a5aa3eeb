"""Kinds of files, each with what happens on a usual day and one fault that can be planted."""

from __future__ import annotations

from tests.benchmarks.newcomer.files import Make
from tests.benchmarks.newcomer.kinds import alarms, journal, plc, sensors, web, windows

KINDS: dict[str, Make] = {
    "web access log": web.make,
    "journal": journal.make,
    "Windows events, exported": windows.make_export,
    "Windows events, Event Viewer": windows.make_viewer,
    "PLC, Shift-JIS": plc.make,
    "alarm list, Excel": alarms.make,
    "sensor table": sensors.make,
}
"""What makes a file of each kind, by the kind's name."""
