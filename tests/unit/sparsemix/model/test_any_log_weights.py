"""What the shipped model for any log names at a glance: a number, a pause or a gap that somebody puts in to try it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import torch

from dashboard.views.places import by_place
from sparsemix import read_bytes
from sparsemix.encoding import of_file
from sparsemix.encoding.encoder import encode
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.fallback import any_log_model

AT, LINES = 600, 1000


def press(force: str | None = None, pause: float = 0.0) -> bytes:
    """Return the log of a press, 6 s between lines, with another force or a pause before line AT."""
    rng = np.random.default_rng(1)
    at, lines = datetime(2026, 3, 1, tzinfo=UTC), []
    for number in range(LINES):
        at += timedelta(seconds=abs(float(rng.normal(6, 1))) + pause * (number == AT))
        usual, warm = round(rng.normal(812, 6)), rng.normal(41, 1)
        shown = force if force is not None and number == AT else usual
        said = ("part ejected", f"stroke force={shown} temp={warm:.1f}")[number % 2 == 0]
        lines.append(f"{at:%Y-%m-%d %H:%M:%S} INFO press {said if number % 4 != 3 else 'clamp closed'}")
    return "\n".join(lines).encode()


def pump(gap: float) -> bytes:
    """Return a sensor table, a row in 10 s, with a gap before row AT."""
    rng = np.random.default_rng(1)
    at, rows = datetime(2026, 3, 1, tzinfo=UTC), ["time,temperature,flow,speed"]
    for number in range(LINES):
        at += timedelta(seconds=10.0 + gap * (number == AT))
        values = (20 + rng.normal(0, 0.2), 4 + rng.normal(0, 0.1), 1450 + rng.normal(0, 3))
        rows.append(f"{at:%Y-%m-%d %H:%M:%S}," + ",".join(f"{value:.2f}" for value in values))
    return "\n".join(rows).encode()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        *((press(force=force), f"force {force}.log") for force in ("1397", "2400", "99999", "900", "410", "0")),
        *((press(pause=pause), f"pause {pause:.0f} s.log") for pause in (600.0, 2820.0, 30_000.0)),
        (pump(gap=2820.0), "gap.csv"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_anyone_sees_is_among_the_first_three_lines_named(data: bytes, name: str) -> None:
    decision = any_log_model().run_with_trace(read_bytes(data, name)).decision
    assert AT in by_place(decision.flagged.tolist())[:3]


@pytest.mark.parametrize("places", [(150,), (150, 151, 152, 153), (50, 100, 150)], ids=str)
def test_lines_of_a_new_kind_with_a_high_level_are_named_alone_in_a_row_and_apart(places: tuple[int, ...]) -> None:
    lines = [f"door {number % 7} opened by badge {1000 + number // 4}" for number in range(200)]
    for number, place in enumerate(places):
        lines.insert(place, f"FATAL bus error {number}: lost power")
    decision = any_log_model().run_with_trace(read_bytes("\n".join(lines).encode(), "doors.log")).decision
    assert set(places) <= set(decision.flagged.tolist())


def test_a_log_with_nothing_in_it_has_few_lines_named() -> None:
    decision = any_log_model().run_with_trace(read_bytes(press(), "usual.log")).decision
    assert len(decision.flagged) <= 0.02 * LINES


@pytest.mark.parametrize("threads", [1, 2])
def test_events_are_embedded_the_same_in_parts_and_as_a_whole(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    events, model = read_bytes(press(), "press.log").events, any_log_model()
    with torch.no_grad():
        whole = model.network.embed(EventBatch.of([encode(events, model.config.features, model.reading)]))
    monkeypatch.setattr(of_file, "_ROWS", 64)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    embedded = model.embed(events)
    assert embedded.numpy().tobytes() == whole[0].numpy().tobytes() and not embedded.requires_grad
