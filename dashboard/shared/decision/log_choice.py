"""Which line and which of its pairs are chosen in the log: the panels below it explain them, and choose them too.

Both stand in the address (``&line=``, ``&with=``), where the log writes them without a run of the script.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared.session import put_in_address

_SCRIPT = (Path(__file__).parent / "log_choice.js").read_text(encoding="utf-8")
_TELL = st.components.v2.component("sparsemix_log_choice", js=_SCRIPT)
_ROUND = "log_round"
_PAIR = re.compile(r"\d{1,3}-\d{1,3}-(\d{1,7})-(\d{1,7})")
_EVENT = re.compile(r"\d{1,7}")


def round_of_log() -> int:
    """Return a number that grows whenever the page has chosen a line: the log then begins anew, as the address says."""
    return int(st.session_state.get(_ROUND, 0))


def follow(decision: str) -> dict[str, str]:
    """Return the chosen line and the other line of its chosen pair as the address names them, without those that are not
    chosen; what is drawn here is drawn again when another one is chosen in the log."""
    key = f"log_choice_{decision}"
    named = {name: line for name in ("line", "with") if (line := st.query_params.get(name))}
    _TELL(key=key, data={"chosen": " ".join(named.values())}, on_chosen_change=lambda: _told(key))
    return named


def follow_events(loaded: LoadedDecision) -> tuple[int | None, int | None]:
    """Return the events of the chosen line and of the other line of its chosen pair, None for none, as `follow` does."""
    named = follow(loaded.summary.decision.id)
    event, other = (_event_of_line(loaded, named.get(name, "")) for name in ("line", "with"))
    return event, None if event is None else other


def choose(loaded: LoadedDecision, *events: int) -> None:
    """Have the log choose a line, and its pair with another where two events are given; the page has to be drawn again."""
    lines = [str(loaded.sequence.events[event].line) for event in events]
    put_in_address("line", lines[0])
    put_in_address("with", "".join(lines[1:]))
    st.session_state[_ROUND] = round_of_log() + 1


def name_former(loaded: LoadedDecision) -> None:
    """Name the line and the pair of a link from before, which named them by ``event`` or ``pair``."""
    if "line" in st.query_params:
        return
    pair = _PAIR.fullmatch(st.query_params.get("pair", ""))
    event = _EVENT.fullmatch(st.query_params.get("event", ""))
    named = [int(number) for number in pair.groups()] if pair else [int(event[0])] if event else []
    if named and all(number < len(loaded.sequence) for number in named):
        choose(loaded, *named)


def _event_of_line(loaded: LoadedDecision, line: str) -> int | None:
    """Return the event that begins at a line, given by its number; None where none does."""
    if not _EVENT.fullmatch(line):
        return None
    return next((place for place, event in enumerate(loaded.sequence.events) if event.line == int(line)), None)


def _told(key: str) -> None:
    """Note what was chosen in the log. A callback."""
    told: Any = st.session_state[key].get("chosen")
    line, _, other = str(told or "").partition(" ")
    put_in_address("line", line)
    put_in_address("with", other)
