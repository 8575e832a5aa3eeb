"""Records refuse values that cannot be recorded faithfully, and name the wrong field."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from enum import IntEnum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import (
    BlobRef,
    Gate,
    InvalidRecord,
    PairReview,
    PairVerdict,
    Reason,
    Seen,
    Verdict,
    decision_from_payload,
    new_id,
    review_from_payload,
    seen_from_payload,
    to_payload,
    utc_now,
)
from audit.errors import AuditError
from audit.records.canonical import canonical, parse
from tests.support.audit.builders import SELECTION, decision, flagged, review, sha


class Level(IntEnum):
    HIGH = 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "not-hex"),
        ("id", "A" * 32),
        ("started_at", "2026-03-01 09:30"),
        ("ended_at", "2026-13-01T09:30:00.000Z"),
        ("caller", "  "),
        ("label", "x" * 1001),
        ("label", "a\x00b"),
        ("label", "\ud800"),
        ("model_id", None),
        ("weights_sha256", "ab"),
        ("runtime", {"python": 3}),
        ("runtime", []),
        ("seed", True),
        ("seed", -1),
        ("seed", 2**53),
        ("event_count", 1.0),
        ("deterministic", 1),
        ("score", float("nan")),
        ("score", float("inf")),
        ("score", np.float64(0.5)),
        ("score", "0.5"),
        ("score", 10**400),
        ("inclusion_probability", 1.5),
        ("gate", "held"),
        ("selections", [BlobRef(0, sha(SELECTION), 1, 1.0)]),
        ("selections", (BlobRef(0, sha(SELECTION), 1, 1.0),) * 2),
        ("warnings", ("",)),
        ("warnings", ("x" * 10_001,)),
        ("details", {"p": np.float64(0.5)}),
        ("details", {"p": float("nan")}),
        ("details", {"n": 2**60}),
        ("details", {"n": Level.HIGH}),
        ("details", {1: "a"}),
        ("details", {"text": "\ud800"}),
        ("details", {"big": "x" * (4 * 1024 * 1024)}),
        ("required_reviews", -1),
        ("required_reviews", 10),
        ("required_reviews", 1.0),
        ("blind", 0),
        ("due_at", "tomorrow"),
        ("retention", "standard"),
        ("input_location", ""),
        ("weights_blob", "ab"),
    ],
)
def test_a_decision_refuses(field: str, value: object) -> None:
    with pytest.raises(InvalidRecord, match=field.split("_", maxsplit=1)[0]):
        decision(**{field: value})


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"reason": None}, "reason"),
        ({"reason": "other"}, "reason"),
        ({"comment": "x" * 10_001}, "comment"),
        ({"comment": None}, "comment"),
        ({"reviewer_name": ""}, "reviewer_name"),
        ({"suggestion_visible": "yes"}, "suggestion_visible"),
        ({"verdict": "flag"}, "verdict"),
        ({"corrected_label": " "}, "corrected_label"),
        ({"supersedes": "x"}, "supersedes"),
        ({"kind": "review"}, "kind"),
        ({"authenticated_at": "today"}, "authenticated_at"),
        ({"assigned_at": "today"}, "assigned_at"),
        ({"lease": "x"}, "lease"),
        ({"verdict": Verdict.WITHDRAW}, "supersedes"),
        ({"pairs": (PairReview(0, 0, 1, 0, PairVerdict.MISSING),) * 2}, "twice"),
        ({"pairs": (PairReview(None, None, 1, 0, PairVerdict.MISSING),) * 2}, "twice"),
    ],
)
def test_a_review_refuses(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidRecord, match=word):
        flagged(new_id(), **changes)


def test_a_held_decision_needs_somebody_who_could_release_it() -> None:
    with pytest.raises(InvalidRecord, match="nothing could release it"):
        decision(gate=Gate.HELD, required_reviews=0)
    assert decision(gate=Gate.RELEASED, required_reviews=0).required_reviews == 0


def test_a_review_cannot_supersede_itself() -> None:
    id = new_id()
    with pytest.raises(InvalidRecord, match="itself"):
        review(new_id(), id=id, supersedes=id)


PAIR_PROBLEMS: list[dict[str, Any]] = [
    {"layer": -1},
    {"key": 1.0},
    {"verdict": "missing"},
    {"comment": "x" * 10_001},
    {"signature": ""},
    {"signature": "x" * 65},
    {"layer": None},
    {"head": None},
    {"query": None},
    {"layer": None, "head": None, "key": None},
    {"layer": None, "head": None, "verdict": PairVerdict.RELEVANT},
    {"layer": None, "head": None, "verdict": PairVerdict.SPURIOUS},
]


@pytest.mark.parametrize("changes", PAIR_PROBLEMS)
def test_a_pair_refuses(changes: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"layer": 0, "head": 0, "query": 1, "key": 0, "verdict": PairVerdict.MISSING}
    with pytest.raises(InvalidRecord):
        PairReview(**(fields | changes))


def test_only_a_missing_pair_may_leave_out_layer_and_head() -> None:
    flagging = flagged(
        new_id(), pairs=(PairReview(None, None, 1, 0, PairVerdict.MISSING), PairReview(0, 0, 1, 0, PairVerdict.MISSING))
    )
    assert review_from_payload(parse(canonical(to_payload(flagging)).decode())) == flagging
    payload = to_payload(flagging)
    payload["pairs"][0]["verdict"] = "spurious"  # type: ignore[index]
    with pytest.raises(InvalidRecord, match="pair layer"):
        review_from_payload(payload)


@pytest.mark.parametrize(
    "change",
    [
        {"ranges": [[0, 9], [9, 12]]},
        {"ranges": [[5, 3]]},
        {"ranges": [[0, 1, 2]]},
        {"ranges": [[0, 1.5]]},
        {"ranges": [[2 * n, 2 * n] for n in range(201)]},
        {"lines": 11},
        {"incidents": 6},
        {"pairs": "all"},
        {"more": 1},
    ],
)
def test_what_nobody_can_have_seen_is_refused(change: dict[str, object]) -> None:
    payload = {"ranges": [[0, 9]], "lines": 10, "incidents": 1, "told": 5, "pairs": [[3, 1]]}
    assert seen_from_payload(payload).lines == 10
    with pytest.raises(InvalidRecord):
        seen_from_payload(payload | change)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_lies_between_zero_and_one(share: float) -> None:
    with pytest.raises(InvalidRecord, match="certified_share"):
        BlobRef(0, sha(SELECTION), 1, share)


def test_records_are_immutable_private_copies_and_can_be_cached() -> None:
    details: dict[str, Any] = {"flagged": [1]}
    recorded = decision(details=details)
    details["flagged"].append(2)
    assert recorded.details == {"flagged": [1]}
    with pytest.raises(FrozenInstanceError):
        recorded.score = 0.1  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(recorded)) == recorded  # noqa: S301 - our own bytes


def test_payloads_give_the_records_back() -> None:
    seen = Seen(((0, 9), (20, 39)), lines=25, incidents=1, told=5, pairs=((30, 2),))
    record, flagging = decision(), flagged(new_id(), reason=Reason.OTHER, supersedes=new_id(), seen=seen)
    assert decision_from_payload(parse(canonical(to_payload(record)).decode())) == record
    assert review_from_payload(parse(canonical(to_payload(flagging)).decode())) == flagging


@pytest.mark.parametrize(
    "change",
    [
        {"gate": "open"},
        {"extra": 1},
        {"selections": "x"},
        {"selections": [{}]},
        {"warnings": None},
        {"score": "1"},
    ],
)
def test_a_payload_with_other_fields_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord):
        decision_from_payload(to_payload(decision()) | change)


def test_payloads_of_the_first_format_are_read() -> None:
    later = {"required_reviews", "blind", "due_at", "retention", "input_location", "weights_blob"}
    record, flagging = decision(), flagged(new_id())
    payload = {name: value for name, value in to_payload(record).items() if name not in later}
    assert decision_from_payload(payload) == record
    payload = {name: value for name, value in to_payload(flagging).items() if name not in ("kind", "lease", "seen")}
    payload["pairs"] = [{name: part[name] for name in part if name != "signature"} for part in to_payload(flagging)["pairs"]]
    assert review_from_payload(payload) == flagging
    with pytest.raises(InvalidRecord):
        decision_from_payload({name: value for name, value in to_payload(record).items() if name != "label"})


def test_clock_and_ids_pass_their_own_checks() -> None:
    assert decision(id=new_id(), started_at=utc_now(), ended_at=utc_now()).id != new_id()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_canonical_json_survives_reading(value: object) -> None:
    try:
        encoded = canonical(value)
    except InvalidRecord:  # keys with lone surrogates
        return
    assert parse(encoded.decode()) == value
    assert canonical(parse(encoded.decode())) == encoded


@pytest.mark.parametrize("text", ["", "NaN", "[Infinity]", "{", '{"a":1}}'])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidRecord):
        parse(text)


def test_deep_nesting_is_refused_not_a_crash() -> None:
    value: object = 1
    for _ in range(100_000):
        value = [value]
    with pytest.raises(AuditError, match="nested"):
        canonical(value)
    with pytest.raises(AuditError):
        parse("[" * 100_000)
