"""Caches hold what entries give, on both databases; thrown away, they are made again."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from audit import AuditStore, BlobRef, DecisionRecord, Gate, PairReview, PairVerdict, ReviewRecord, Role, Seen, Verdict, new_id
from audit.review import judgements
from audit.storage.schema import CACHES, queue
from audit.verify.queue_check import rebuild
from tests.support.audit.builders import SELECTION, UPLOAD, blobs_of, decision, review, sha
from tests.support.audit.forging import edit
from tests.support.audit.team import give, join, record
from tests.support.properties import examples

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
texts = st.text(characters, min_size=1, max_size=12).filter(str.strip)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20).map(float)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | numbers | texts | st.just("\x00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
said = ("source", "instead_of", "edge", "selected_per_query", "memory_mb")
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
        blind=draw(st.booleans()),
        due_at=draw(st.none() | st.just("2026-03-02T00:00:00.000Z")),
        required_reviews=draw(st.integers(1, 9)),
        runtime=draw(st.dictionaries(texts, texts, max_size=3)),
        warnings=tuple(draw(st.lists(texts, max_size=3))),
        details=draw(st.dictionaries(texts | st.sampled_from(said), values, max_size=5)),
        selections=tuple(BlobRef(layer, sha(SELECTION), layer, share) for layer, share in draw(layers)),
    )


@st.composite
def review_records(draw: st.DrawFn) -> ReviewRecord:
    places = draw(st.lists(st.tuples(*[st.integers(0, 2**53 - 1)] * 4), max_size=3, unique=True))
    verdicts = st.sampled_from(PairVerdict)
    pairs = [PairReview(*place, draw(verdicts), draw(texts), draw(st.none() | texts)) for place in places]
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


def held(store: AuditStore) -> list[Any]:
    with store.database.read() as connection:
        return [connection.execute(table.select().order_by(*table.primary_key)).all() for table in (*CACHES, queue)]


def add(store: AuditStore, made: ReviewRecord) -> None:
    with store.database.write() as connection:
        before, shown = judgements.lock_place(connection, made.decision_id), judgements.decided(connection, made.decision_id)
        judgements.add_review(store.database, connection, before, made, shown)


@examples(12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(made=st.lists(decision_records(), min_size=3, max_size=6), words=st.lists(review_records(), min_size=3, max_size=3))
def test_what_was_recorded_is_read_back_and_its_rows_are_those_that_it_gives(
    store: AuditStore, made: list[DecisionRecord], words: list[ReviewRecord]
) -> None:
    names = ("comment", "reviewer_name", "corrected_label", "suggestion_visible", "pairs", "seen")
    for one, word in zip(made, words, strict=False):
        store.record_decision(one, blobs_of(UPLOAD, SELECTION) if one.selections else blobs_of(UPLOAD))
        given_review = review(one.id, **{name: getattr(word, name) for name in names})
        add(store, given_review)
        assert store.decision(one.id) == one
        assert store.reviews(one.id) == [given_review]
    span = store.scan(0, 1000, None, set())
    assert (span.hanging, span.proven.problem, len(span.proven.entries)) == (None, None, store.log_size())
    assert store.verify().ok
    before = held(store)
    with store.database.write() as connection:
        rebuild(store.database, connection)
    assert held(store) == before


@pytest.mark.parametrize("table", [table.name for table in (*CACHES, queue)])
def test_what_was_lost_from_a_cache_is_named_and_made_again(store: AuditStore, url: str, table: str) -> None:
    ann, lead = join(store, "ann", Role.REVIEWER), join(store, "lead", Role.LEAD)
    ids = [record(store, required_reviews=number, gate=gate) for number in (1, 2) for gate in Gate]
    marks = (PairReview(0, 1, 5, 2, PairVerdict.SPURIOUS), PairReview(None, None, 9, 4, PairVerdict.MISSING))
    for id in ids[:4]:
        give(ann, id, pairs=marks)
    lead.queue.request_review(ids[0], "look again")
    lead.queue.seed_control(ids[1], Verdict.APPROVE, "known")
    before = held(store)
    assert ann.queue.claim() is not None
    edit(url, f"DELETE FROM {table}")
    assert table in (store.verify().problem_text or "")
    with store.database.write() as connection:
        assert rebuild(store.database, connection) == len(ids)
    assert held(store) == before
    assert not ann.queue.claims()
    assert store.verify().ok
