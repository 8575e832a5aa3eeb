"""What a process sends that a hostile file has taken over does no harm."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import astuple
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.service.reading import forms
from dashboard.service.reading.data_sets import DataSetFacts, LabelCount
from dashboard.service.reading.diversity import Aspect
from dashboard.service.reading.forms import Memory
from dashboard.service.reading.survey import ColumnSurvey, Sampling
from dashboard.service.reading.wire import MOST_IN_FRAME, ErrorAnswer, FrameTooLarge, Wire, WireError
from sparsemix import InputError
from sparsemix.encoding.sequence import Event, SkippedLine

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def received(sent: bytes) -> list[Any]:
    here, there = socket.socketpair()
    with here, there:
        there.sendall(sent)
        there.shutdown(socket.SHUT_WR)
        return list(Wire(here, time.monotonic() + 5).values())


@given(st.lists(JSON, max_size=4))
def test_values_come_as_they_were(values: list[Any]) -> None:
    here, there = socket.socketpair()
    with here, there:
        wire = Wire(there)
        for value in values:
            wire.send(value)
        wire.end()
        assert list(Wire(here, time.monotonic() + 5).values()) == values


@given(st.binary(max_size=300))
def test_anything_else_is_no_answer(sent: bytes) -> None:
    with pytest.raises((WireError, ErrorAnswer)):
        # Whatever it is, it does not end as an answer does.
        received(sent + b"?")


@pytest.mark.parametrize(
    "sent",
    [
        struct.pack("<cI", b"V", 2**32 - 1),
        struct.pack("<cI", b"V", 200_000) + b"[" * 200_000 + b"Z\0\0\0\0",
        struct.pack("<cI", b"B", 3) + b"abcZ\0\0\0\0",
        *(struct.pack("<cI", b"S", len(share)) + share + b"Z\0\0\0\0" for share in (b"1.5", b"-0.1", b"NaN", b'"a"', b"true")),
        b"V\x02\0\0\0\xff\xff",
    ],
)
def test_frames_that_are_none_are_refused(sent: bytes) -> None:
    with pytest.raises(WireError):
        received(sent)


def test_what_is_too_large_is_not_sent() -> None:
    here, there = socket.socketpair()
    with here, there, pytest.raises(FrameTooLarge):
        Wire(here).send("x" * MOST_IN_FRAME)


def test_nobody_is_waited_for_for_ever() -> None:
    here, there = socket.socketpair()
    with here, there, pytest.raises(TimeoutError):
        Wire(here, time.monotonic() + 0.05).receive()


@given(JSON)
def test_forms_take_what_fits_and_nothing_else(value: Any) -> None:
    kinds = (ColumnSurvey, tuple[SkippedLine, ...], Sampling | None, DataSetFacts)
    for form in (forms.events, forms.change, forms.head, *(partial(forms.made, kind) for kind in kinds)):
        try:
            form(value, Memory())
        except WireError:
            continue
    with suppress(WireError):
        forms.error(value)


def test_a_value_of_every_type_comes_as_it_was() -> None:
    facts = DataSetFacts(
        *("a", 2, 30, 10, 15, 20, 1, 1, 3, 4, True, ("n",)),
        labels=(LabelCount("ok", 2, True),),
        aspects=(Aspect("shift", "events", {"early": 3}, 3, 1),),
        lacking=(("a", "late"),),
    )
    survey = ColumnSurvey("v", "feature", "number", 0, 2, ("1", "2"), 1.0, None)
    for value in (
        facts,
        survey,
        Sampling(2, 1.0, False, 0, 1.0, 1, 0),
        SkippedLine(1, "b", "c"),
    ):
        plain = json.loads(json.dumps(astuple(value)))
        assert forms.made(type(value), plain, Memory()) == value
        with pytest.raises(WireError):
            forms.made(type(value), plain[1:], Memory())
    assert forms.made(Sampling | None, None, Memory()) is None
    for kind, wrong in ((bool, 1), (int, True), (float, "1"), (str, 1), (tuple[int, ...], {}), (Mapping[str, int], {"a": "b"})):
        with pytest.raises(WireError):
            forms.made(kind, wrong, Memory())


@given(
    st.lists(st.builds(Event, st.text(), st.text(), st.none() | st.floats(), st.none(), st.text(), st.integers(1, 2**53 - 1))),
    st.integers(0, 60),
)
def test_events_come_as_they_were(events: list[Event], characters: int) -> None:
    events += [event._replace(text=event.text + event.message) for event in events]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forms, "_PART", characters)
        parts = [json.loads(json.dumps(part)) for part in forms.event_columns(events)]
    assert repr([event for part in parts for event in forms.events(part, Memory())]) == repr(events)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *((0, None), (0, 1), (1, None), (1, 1.5), (1, True), (2, "1"), (2, True), (2, 10**4000)),
        *((3, 1), (3, []), (4, {}), (5, None), (5, 1.0), (5, -(2**53))),
    ],
)
def test_what_is_no_event_is_refused(field: int, wrong: Any) -> None:
    part: list[Any] = [["12:00 a"], [6], [1.0], [None], ["ERROR"], [1]]
    assert forms.events(part, Memory()) == [Event("12:00 a", "a", 1.0, None, "ERROR", 1)]
    for column in ([], [wrong], wrong):
        with pytest.raises(WireError):
            forms.events([*part[:field], column, *part[field + 1 :]], Memory())


def test_an_event_takes_the_memory_of_its_texts() -> None:
    memory, other = Memory(), Memory()
    forms.events([["a" * 1000], [0], [None], [None], [None], [1]], memory)
    forms.events([["a" * 1000], [1], [None], [None], [None], [1]], other)
    assert other.taken - 1000 > memory.taken > 1000


def test_memory_is_counted() -> None:
    memory = Memory(1)
    memory.text("x" * 900_000)
    assert memory.name("a") is memory.name("a")
    with pytest.raises(InputError) as refused:
        memory.text("\U0001f600" * 30_000)
    assert refused.value.code == "too_much_text"


def test_errors_keep_their_words() -> None:
    error = InputError("no", code="ragged", line=7, name="x")
    said = forms.error(json.loads(json.dumps(forms.error_row(error))))
    assert (str(said), said.code, said.params) == ("no", "ragged", {"line": 7, "name": "x"})
