"""Rows print to exactly the text that was committed, and other rows that print to the same text are not accepted."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from audit import AuditStore, BlobRef, DecisionRecord, PairReview, PairVerdict, ReviewRecord, Seen, new_id, to_payload
from audit.records.canonical import canonical
from audit.review import judgements
from audit.storage.queries import DECISION_TEXT, PAIR_TEXT, REVIEW_TEXT, SELECTION_TEXT
from audit.storage.rows import RowPrinter, decision_rows, review_rows
from audit.storage.schema import decisions, pair_reviews, reviews, selections
from tests.support.audit.builders import SELECTION, UPLOAD, blobs_of, decision, review, sha
from tests.support.audit.forging import edit, owner, verdict
from tests.support.properties import examples

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
texts = st.text(characters, min_size=1, max_size=12).filter(str.strip)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20).map(float)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
shares = st.floats(0.0, 1.0)
layers = st.lists(st.tuples(st.integers(0, 2**53 - 1), shares), max_size=3, unique_by=lambda layer: layer[0])


@st.composite
def decision_records(draw: st.DrawFn) -> DecisionRecord:
    return decision(
        score=draw(numbers),
        threshold=draw(numbers),
        inclusion_probability=draw(shares),
        seed=draw(st.integers(0, 2**53 - 1)),
        label=draw(texts),
        input_name=draw(texts),
        caller=draw(texts),
        deterministic=draw(st.booleans()),
        blind=draw(st.booleans()),
        due_at=draw(st.none() | st.just("2026-03-02T00:00:00.000Z")),
        required_reviews=draw(st.integers(1, 9)),
        runtime=draw(st.dictionaries(texts, texts, max_size=3)),
        warnings=tuple(draw(st.lists(texts, max_size=3))),
        details=draw(st.dictionaries(texts, values, max_size=3)),
        selections=tuple(BlobRef(layer, sha(SELECTION), layer, share) for layer, share in draw(layers)),
    )


@st.composite
def review_records(draw: st.DrawFn) -> ReviewRecord:
    places = draw(st.lists(st.tuples(*[st.integers(0, 2**53 - 1)] * 4), max_size=3, unique=True))
    pairs = [PairReview(*place, PairVerdict.MISSING, draw(texts), draw(st.none() | texts)) for place in places]
    pairs += draw(st.sampled_from([[], [PairReview(None, None, 1, 2, PairVerdict.MISSING)]]))
    return review(
        new_id(),
        comment=draw(st.just("") | texts),
        reviewer_name=draw(texts),
        corrected_label=draw(st.none() | texts),
        suggestion_visible=draw(st.booleans()),
        pairs=tuple(pairs),
        seen=draw(st.none() | st.just(Seen(((0, 3), (7, 7)), 4, 1, 2, ((3, 0),)))),
    )


def printed(
    table: Any, text: RowPrinter, row: dict[str, Any], child: Any, part_text: RowPrinter, parts: list[dict[str, Any]]
) -> str | None:
    inner = [part_text([part.get(column.name) for column in child.columns]) for part in parts]
    assert None not in inner
    return text([*(row[column.name] for column in table.columns), f"[{','.join(inner)}]"])  # type: ignore[arg-type]


def check(printed: str | None, payload: str) -> None:
    """Check that a row prints to the payload, or not at all when the payload repeats the name of a field of the record."""
    if printed is None:
        assert any(payload.count(mark) > 1 for mark in DECISION_TEXT._marks)
    else:
        assert printed == payload


@given(decision_records())
def test_a_decision_prints_to_its_payload(made: DecisionRecord) -> None:
    row, parts = decision_rows(made, 7)
    check(printed(decisions, DECISION_TEXT, row, selections, SELECTION_TEXT, parts), canonical(to_payload(made)).decode())


@given(review_records())
def test_a_review_prints_to_its_payload(made: ReviewRecord) -> None:
    row, parts = review_rows(made, 7)
    assert printed(reviews, REVIEW_TEXT, row, pair_reviews, PAIR_TEXT, parts) == canonical(to_payload(made)).decode()


NUMBERS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e-4, 9.999e-5, 1e-5, 1e-6, 9.9e-7, 1e-7, 5e-324, 2.2250738585072014e-308, 1 / 3]
NUMBERS += [123456789012345.6, 999999999999999.9, 1e15, 1e16, 9007199254740993.0, 1e20, 1e21, -1.7976931348623157e308]


def test_numbers_of_every_size_print_as_rfc_8785_says(store: AuditStore) -> None:
    records = [decision(score=number, threshold=-number) for number in NUMBERS]
    store.record_decisions([(recorded, blobs_of()) for recorded in records], actor="a")
    assert not store.scan(0, 100, None, set()).doubtful  # each row printed to its payload
    for number, recorded, stored in zip(NUMBERS, records, store.evidence(0, 100), strict=True):
        assert stored.sealed is not None
        assert f'"score":{canonical(number).decode()},' in stored.sealed.payload
        assert store.decision(recorded.id).score == number
    assert store.verify().ok


@examples(12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    made=st.lists(decision_records(), min_size=3, max_size=6), given_reviews=st.lists(review_records(), min_size=3, max_size=3)
)
def test_what_the_database_gives_back_prints_to_what_was_committed(
    store: AuditStore, made: list[DecisionRecord], given_reviews: list[ReviewRecord]
) -> None:
    for one, word in zip(made, given_reviews, strict=False):
        store.record_decision(one, blobs_of(UPLOAD, SELECTION) if one.selections else blobs_of(UPLOAD))
        with store.database.write() as connection:
            before, shown = judgements.lock_place(connection, one.id), judgements.decided(connection, one.id)
            judgements.add_review(store.database, connection, before, review_like(word, one.id), shown)
    doubtful = store.scan(0, 1000, None, set()).doubtful
    for stored in store.evidence(0, 1000):
        assert stored.sealed is not None
        assert canonical(stored.rows[0]).decode() == stored.sealed.payload
        check(None if stored.entry.seq in doubtful else stored.sealed.payload, stored.sealed.payload)
    assert store.verify().ok


def test_what_was_in_view_is_read_back_and_a_change_of_it_is_found(store: AuditStore, url: str) -> None:
    record, seen = decision(), Seen(((0, 3),), 4, 1, 2, ((3, 0),))
    store.record_decision(record, blobs_of())
    with store.database.write() as connection:
        before, shown = judgements.lock_place(connection, record.id), judgements.decided(connection, record.id)
        judgements.add_review(store.database, connection, before, review(record.id, seen=seen), shown)
    assert store.reviews(record.id)[0].seen == seen
    assert not store.scan(0, 10, None, set()).doubtful
    for forged in ("NULL", "'null'", "replace(seen, '4', '3')"):
        edit(url, f"UPDATE reviews SET seen={forged}")
        assert verdict(url)[0] == 2


def test_a_payload_that_names_its_own_fields_is_looked_at_more_closely(store: AuditStore) -> None:
    record = decision(details={"a": 1, "deterministic": 0}, runtime={"a": "b", "sampling_route": "c"})
    store.record_decision(record, blobs_of())
    assert store.scan(0, 1, None, set()).doubtful == {1}
    assert store.decision(record.id) == record
    assert store.verify().ok


def review_like(source: ReviewRecord, decision_id: str) -> ReviewRecord:
    names = ("comment", "reviewer_name", "corrected_label", "suggestion_visible", "pairs", "seen")
    return review(decision_id, **{name: getattr(source, name) for name in names})


@pytest.mark.parametrize("value", [0, 1.0, "1", None, b"1", 2**60])
def test_a_value_of_another_kind_never_prints_as_the_right_one(value: object) -> None:
    record = decision(seed=1)
    row, parts = decision_rows(record, 7)
    inner = f"[{SELECTION_TEXT(list(parts[0].values()))}]"
    printed = DECISION_TEXT([*((row | {"seed": value})[column.name] for column in decisions.columns), inner])
    assert printed != canonical(to_payload(record)).decode()


def test_a_row_that_cannot_be_printed_leaves_the_others_as_they_are() -> None:
    rows = []
    for seed in (1, "1", 2):
        row, _ = decision_rows(decision(), 7)
        rows.append([*((row | {"seed": seed})[column.name] for column in decisions.columns), "[]"])
    assert DECISION_TEXT.all(rows) == [DECISION_TEXT(row) for row in rows]
    assert [text is None for text in DECISION_TEXT.all(rows)] == [False, True, False]
    assert DECISION_TEXT.all([]) == []


def test_columns_that_share_the_same_text_in_another_way_are_found(store: AuditStore, url: str) -> None:
    """Three columns hold JSON and are printed as stored: the end of one text could be the beginning of another.

    The details name fields of the record itself; cut after their first one, the rest of them is taken for the fields, and
    "runtime" takes up what is left.
    """
    fields = to_payload(decision())
    between = sorted(name for name in fields if "deterministic" <= name < "runtime")
    inner = {"aa": 0, "runtime": "x"} | {name: fields[name] for name in between} | {"gate": "released", "label": "normal"}
    record = decision(details={"a": inner})
    store.record_decision(record, blobs_of())
    assert store.verify().ok
    payload = store.sealed(1).payload
    start = payload.index('"details":') + len('"details":')
    cut = payload.index(',"deterministic":')
    left = payload.index('"runtime":', cut) + len('"runtime":')
    end = payload.index(',"sampling_route":')
    mark = "?" if url.startswith("sqlite") else "%s"
    assignments = {name: inner[name] for name in between if name != "deterministic"}
    assignments |= {"details": payload[start:cut], "runtime": payload[left:end], "id": inner["id"]}
    edit(url, f"UPDATE queue SET gate='released', priority=1, decision_id='{inner['id']}'")
    with owner(url) as connection:
        connection.execute(f"UPDATE selections SET decision_id={mark}", [inner["id"]])
        names = ", ".join(f"{name}={mark}" for name in assignments)
        assert connection.execute(f"UPDATE decisions SET {names}", list(assignments.values())).rowcount == 1
        assert connection.execute("SELECT gate, label FROM decisions").fetchone() == ("released", "normal")
    seq, text = verdict(url)
    assert (seq, "changed" in text) == (1, True), text
    assert json.loads(payload)["gate"] == "held"
