"""TokenSequence: identity of content, time span and templates."""

import hashlib
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.sequence import RUN, Event, TokenSequence, masked, template
from sparsemix.errors import InputError, SparseMixError
from tests.support.properties import examples


def _event(message: str, time: float | None = None, line: int = 1) -> Event:
    return Event(text=message, message=message, time=time, source=None, level=None, line=line)


def _sequence(*events: Event, name: str = "a.log", encoding: str = "utf-8") -> TokenSequence:
    return TokenSequence(name, events, "log", encoding, (), {}, ())


def test_hash_is_about_content_only() -> None:
    one = _sequence(_event("x"), _event("y"))
    assert one.sha256 == _sequence(_event("x", line=7), _event("y"), name="b.gz", encoding="cp932").sha256
    assert len(one.sha256) == 64


@pytest.mark.parametrize("field", ["text", "message", "source", "level", "time"])
def test_hash_sees_every_field(field: str) -> None:
    before = _event("x")
    after = Event(**before._asdict() | {field: 1.0 if field == "time" else "other"})
    assert _sequence(before).sha256 != _sequence(after).sha256


_TEXT = st.none() | st.text(st.characters(exclude_categories=()), max_size=20)
_EVENTS = st.builds(Event, _TEXT.map(str), _TEXT.map(str), st.none() | st.floats(), _TEXT, _TEXT, st.integers())


@given(st.lists(_EVENTS, max_size=5))
@examples(200)
def test_hash_is_that_of_the_fields_as_json(events: list[Event]) -> None:
    fields = ([event.text, event.message, event.time, event.source, event.level] for event in events * 1_000)
    written = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in fields)
    assert _sequence(*events * 1_000).sha256 == hashlib.sha256(b"sparsemix-events-1\n" + written.encode("ascii")).hexdigest()


def test_hash_does_not_confuse_borders_between_events() -> None:
    assert _sequence(_event("ab"), _event("c")).sha256 != _sequence(_event("a"), _event("bc")).sha256


def test_hash_is_the_published_one() -> None:
    # Audit records keep this value: a change of the serialisation needs a new version line, not an edit here.
    canonical = b'sparsemix-events-1\n["\\u505c\\u6b62 3","\\u505c\\u6b62 3",1.5,null,null]\n'
    assert _sequence(_event("停止 3", 1.5)).sha256 == hashlib.sha256(canonical).hexdigest()


def test_time_span_is_earliest_and_latest() -> None:
    assert _sequence(_event("a", 5.0), _event("b"), _event("c", 2.0)).time_span == (2.0, 5.0)
    assert _sequence(_event("a")).time_span is None


def test_a_template_masks_numbers_and_identifiers() -> None:
    assert template("INFO ST03 temp=12.5") == template("INFO ST04 temp=9") == "INFO <*> temp=<*>"
    assert template("boot") == "boot"
    assert template("温度が25度、設備３") == "温度が<*>度、設備<*>"


@examples(200)
@given(st.text("aZ_.-/#$@%+０9 ,()ü温", max_size=30))
def test_a_template_masks_the_runs_that_hold_a_digit(message: str) -> None:
    assert template(message) == RUN.sub(masked, message)


def test_a_template_takes_linear_time_on_a_long_run() -> None:
    assert template("a" * 1_000_000) == "a" * 1_000_000


def test_length_and_pickle() -> None:
    sequence = _sequence(_event("a"), _event("b"))
    assert len(sequence) == 2
    assert pickle.loads(pickle.dumps(sequence)) == sequence  # noqa: S301 - own bytes


def test_input_error_survives_pickling_with_its_code() -> None:
    error: InputError = pickle.loads(  # noqa: S301 - own bytes
        pickle.dumps(InputError("too big", code="too_large", limit=5))
    )
    assert isinstance(error, InputError)
    assert issubclass(InputError, SparseMixError)
    assert (str(error), error.code, error.params) == ("too big", "too_large", {"limit": 5})


def test_what_most_lines_hold_leads_from_no_line_to_another() -> None:
    found = _sequence(*(_event(f"db-07 order {n // 4 + 1000}: GET /part HTTP/1.1") for n in range(5000)))
    assert found.unusual(["db-07", "1200", "HTTP/1.1"]) == ["1200"]
    assert found.unusual(["word"]) == ["word"]
