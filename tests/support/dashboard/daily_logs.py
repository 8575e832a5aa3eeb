"""Logs of one plant, day by day, whose words no weights know: polls of pumps, a link that goes down, an export that fails."""

from __future__ import annotations

LINK, EXPORT, FAN, BEGINS = "link to gateway", "export failed", "fan of cabinet", "export of batch"


def daily_log(day: int, *, down: int = 6, fan: bool = False, severe: bool = False) -> bytes:
    """Return the log of a day: so many lines say that the link is ``down``, the batch whose export fails began before; a
    ``fan`` stops, and a ``severe`` line stands among the link's."""
    lines: list[str] = []

    def say(text: str) -> None:
        lines.append(f"2026-11-{day:02} 08:{len(lines) // 60:02}:{len(lines) % 60:02} {text}")

    for place in range(200):
        say(f"INFO poll of pump {place % 4} took {10 + place % 7} ms")
        if place == 20:
            say(f"INFO {BEGINS} b-47{day:02} begins")
        if fan and place == 30:
            say(f"FATAL {FAN} cb-2 stopped")
        if 100 <= place < 100 + down:
            say(f"ERROR {LINK} gw-7 is down, try {place}")
        if severe and place == 103:
            say("FATAL gateway gw-7 was lost")
        if place == 150:
            say(f"ERROR {EXPORT} for batch b-47{day:02}")
    return "\n".join(lines).encode() + b"\n"
