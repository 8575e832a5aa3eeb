"""The records: decisions of the model, reviews by people, entries of the log. They are immutable.

Every record checks itself when it is built and raises `InvalidRecord` with the field's name. Times are ISO 8601 in
UTC with milliseconds; hashes are SHA-256 in lower-case hexadecimal. The field list follows EU AI Act Art. 12
and 19 and 21 CFR 11.10(e) and 11.50.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from audit.errors import InvalidRecord
from audit.records import validation as v
from audit.records.vocabulary import Gate, PairVerdict, QueueState, Reason, Retention, ReviewKind, Verdict

MAX_REVIEWERS = 9  # independent reviews that one decision can ask for
MAX_SEEN = 200  # ranges of lines that a review says were in view, and pairs
_MAX_ITEMS = 10_000  # pairs in one review, warnings or layers in one decision


def _keep(record: object, field: str, value: object) -> None:
    object.__setattr__(record, field, value)  # the only way to normalise a field of a frozen dataclass


def _member(name: str, value: object, kind: type[StrEnum]) -> None:
    if not isinstance(value, kind):
        raise InvalidRecord(f"{name} must be one of {', '.join(kind)} as {kind.__name__}, got {value!r:.80}")


def _items(name: str, value: object, kind: type) -> None:
    if not isinstance(value, tuple) or not all(isinstance(item, kind) for item in value):
        raise InvalidRecord(f"{name} must be a tuple of {kind.__name__}")
    if len(value) > _MAX_ITEMS:
        raise InvalidRecord(f"{name} has {len(value)} items, at most {_MAX_ITEMS} are allowed")


@dataclass(frozen=True, slots=True)
class BlobRef:
    """The stored selection of one layer: its blob, its number of pairs, and the share (0..1) of complete searches for pairs."""

    layer: int
    sha256: str
    pair_count: int
    certified_share: float

    def __post_init__(self) -> None:
        v.whole("selection layer", self.layer)
        v.sha256_hex("selection sha256", self.sha256)
        v.whole("selection pair_count", self.pair_count)
        _keep(self, "certified_share", v.number("certified_share", self.certified_share, least=0.0, most=1.0))


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One automated decision with everything that is needed to explain and replay it.

    `input_sha256` hashes the uploaded bytes unchanged; `sequence_sha256` the events read from them.
    `sampling_route` says why the decision is in the review queue and `inclusion_probability` (0..1) how
    likely that was. `gate` is the initial state; the state after reviews is in `DecisionSummary.gate`.
    It is settled when `required_reviews` independent people agree (0: no review is needed), which is due by
    `due_at`; `blind` hides the model's answer from them. `input_location` says where the input for a replay is kept
    ("record": under its hash in this record), and `weights_blob` under which hash this record has the weights (None: it
    lacks them). `details` is plain JSON, and read-only by convention.
    """

    id: str
    started_at: str
    ended_at: str
    caller: str
    intended_use: str
    model_id: str
    weights_sha256: str
    config_sha256: str
    code_revision: str
    runtime: Mapping[str, str]
    seed: int
    deterministic: bool
    input_name: str
    input_sha256: str
    sequence_sha256: str
    event_count: int
    label: str
    score: float
    threshold: float
    policy: str
    selections: tuple[BlobRef, ...]
    explanation_method: str
    sampling_route: str
    inclusion_probability: float
    gate: Gate
    warnings: tuple[str, ...]
    details: Mapping[str, object]
    required_reviews: int = 1
    blind: bool = False
    due_at: str | None = None
    retention: Retention = Retention.STANDARD
    input_location: str = "record"
    weights_blob: str | None = None

    def __post_init__(self) -> None:
        v.identifier("id", self.id)
        for name in ("started_at", "ended_at"):
            v.moment(name, getattr(self, name))
        v.whole("required_reviews", self.required_reviews, most=MAX_REVIEWERS)
        if self.required_reviews == 0 and self.gate is Gate.HELD:
            raise InvalidRecord("a held decision needs at least one review, or nothing could release it")
        v.flag("blind", self.blind)
        if self.due_at is not None:
            v.moment("due_at", self.due_at)
        _member("retention", self.retention, Retention)
        v.text("input_location", self.input_location)
        if self.weights_blob is not None:
            v.sha256_hex("weights_blob", self.weights_blob)
        for name in ("weights_sha256", "config_sha256", "input_sha256", "sequence_sha256"):
            v.sha256_hex(name, getattr(self, name))
        for name in ("caller", "intended_use", "model_id", "code_revision", "input_name", "label", "policy"):
            v.text(name, getattr(self, name))
        for name in ("explanation_method", "sampling_route"):
            v.text(name, getattr(self, name))
        for name in ("seed", "event_count"):
            v.whole(name, getattr(self, name))
        v.flag("deterministic", self.deterministic)
        for name in ("score", "threshold"):
            _keep(self, name, v.number(name, getattr(self, name)))
        probability = v.number("inclusion_probability", self.inclusion_probability, least=0.0, most=1.0)
        _keep(self, "inclusion_probability", probability)
        _member("gate", self.gate, Gate)
        _items("selections", self.selections, BlobRef)
        if len({s.layer for s in self.selections}) < len(self.selections):
            raise InvalidRecord("selections name a layer twice")
        _items("warnings", self.warnings, str)
        for warning in self.warnings:
            v.text("warnings", warning, limit=v.MAX_COMMENT)
        _keep(self, "runtime", v.json_object("runtime", self.runtime))
        for name, version in self.runtime.items():
            v.text(f"runtime[{name}]", version)
        _keep(self, "details", v.json_object("details", self.details))


@dataclass(frozen=True, slots=True)
class PairReview:
    """A reviewer's verdict on one pair: position (layer, head, query, key; all from 0), verdict, comment.

    For a missing pair, layer and head may both be None: a reviewer does not have to say which head should have
    found it. `signature` names the kind of pair (both events' text without its numbers, hashed), so that later
    decisions with the same kind of pair can be queued.
    """

    layer: int | None
    head: int | None
    query: int
    key: int
    verdict: PairVerdict
    comment: str = ""
    signature: str | None = None

    def __post_init__(self) -> None:
        if self.signature is not None:
            v.text("pair signature", self.signature, limit=64)
        _member("pair verdict", self.verdict, PairVerdict)
        headless = self.verdict is PairVerdict.MISSING and self.layer is None and self.head is None
        for name in ("query", "key") if headless else ("layer", "head", "query", "key"):
            v.whole(f"pair {name}", getattr(self, name))
        v.text("pair comment", self.comment, limit=v.MAX_COMMENT, empty=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """What of a decision's evidence was in a reviewer's view, as the browser tells it.

    `ranges`: first and last event of each stretch that was on the screen, in their order; where there were more than
    `MAX_SEEN`, those between which least lies are one. `lines`: how many events these were; `incidents`: how many of the
    incidents `told` were opened; `pairs`: the first `MAX_SEEN` pairs that were opened, as (query, key). All events from 0.
    """

    ranges: tuple[tuple[int, int], ...]
    lines: int
    incidents: int
    told: int
    pairs: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        for name in ("ranges", "pairs"):
            two = getattr(self, name)
            _items(name, two, tuple)
            if len(two) > MAX_SEEN or any(len(one) != 2 for one in two):
                raise InvalidRecord(f"{name} must be at most {MAX_SEEN} pairs of numbers")
            for number in (number for one in two for number in one):
                v.whole(name, number)
        edges = [edge for first, last in self.ranges for edge in (first, last + 1)]
        if edges != sorted(edges):
            raise InvalidRecord("ranges must be in order, without a line in two of them")
        v.whole("lines", self.lines, most=sum(last + 1 - first for first, last in self.ranges))
        v.whole("told", self.told)
        v.whole("incidents", self.incidents, most=self.told)


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """One person's review of one decision.

    `authentication` says how the reviewer was identified, `authenticated_at` when (21 CFR 11.50). `shown_sha256`
    hashes what the reviewer saw, `seen` says what of the evidence was in view (None where nobody can tell).
    `supersedes` is the id of the review that this one replaces; the earlier review stays stored. `lease` is the fencing
    token under which the decision was assigned, at `assigned_at`. A reason is mandatory when the decision is flagged.
    """

    id: str
    decision_id: str
    reviewer_id: str
    reviewer_name: str
    role: str
    authentication: str
    opened_at: str
    submitted_at: str
    shown_sha256: str
    suggestion_visible: bool
    verdict: Verdict
    pairs: tuple[PairReview, ...] = ()
    reason: Reason | None = None
    comment: str = ""
    corrected_label: str | None = None
    supersedes: str | None = None
    kind: ReviewKind = ReviewKind.REVIEW
    authenticated_at: str | None = None
    assigned_at: str | None = None
    lease: str | None = None
    seen: Seen | None = None

    def __post_init__(self) -> None:
        v.identifier("id", self.id)
        v.identifier("decision_id", self.decision_id)
        _items("seen", () if self.seen is None else (self.seen,), Seen)
        _member("kind", self.kind, ReviewKind)
        for name in ("authenticated_at", "assigned_at"):
            if getattr(self, name) is not None:
                v.moment(name, getattr(self, name))
        if self.lease is not None:
            v.identifier("lease", self.lease)
        if self.verdict is Verdict.WITHDRAW and self.supersedes is None:
            raise InvalidRecord("a withdrawal must name the withdrawn review in supersedes")
        for name in ("reviewer_id", "reviewer_name", "role", "authentication"):
            v.text(name, getattr(self, name))
        for name in ("opened_at", "submitted_at"):
            v.moment(name, getattr(self, name))
        v.sha256_hex("shown_sha256", self.shown_sha256)
        v.flag("suggestion_visible", self.suggestion_visible)
        _member("verdict", self.verdict, Verdict)
        _items("pairs", self.pairs, PairReview)
        if len({(p.layer, p.head, p.query, p.key) for p in self.pairs}) < len(self.pairs):
            raise InvalidRecord("pairs name the same (layer, head, query, key) twice")
        if self.reason is not None:
            _member("reason", self.reason, Reason)
        elif self.verdict is Verdict.FLAG:
            raise InvalidRecord("a flagged decision needs a reason")
        v.text("comment", self.comment, limit=v.MAX_COMMENT, empty=True)
        if self.corrected_label is not None:
            v.text("corrected_label", self.corrected_label)
        if self.supersedes is not None:
            v.identifier("supersedes", self.supersedes)
            if self.supersedes == self.id:
                raise InvalidRecord("a review cannot supersede itself")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the log, as stored. It is not checked, because verification must be able to hold a forged entry.

    `seq` counts from 1 without gaps; `commitment` is the salted hash of the payload; `prev` is the hash of
    the entry before; `hash` is this entry's own (see `audit.log.chain`).
    """

    seq: int
    ts: str
    actor: str
    type: str
    subject: str
    commitment: str
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class DecisionSummary:
    """A decision as a queue lists it: the `seq` of its log entry, its record, its present gate and state, its latest review.

    `blind`: the model's answer is hidden from the person who asked until they have given their own verdict. `due_at`: when the
    next review is due; a review that was requested afterwards can be due earlier than the decision was. `refused`: why the
    decision, or its latest review, counts for nothing: nobody had the right to make that entry.
    """

    seq: int
    decision: DecisionRecord
    gate: Gate
    latest_review: ReviewRecord | None
    state: QueueState = QueueState.OPEN
    blind: bool = False
    due_at: str | None = None
    refused: str | None = None

    @property
    def reviewed(self) -> bool:
        """Return whether a person has reviewed the decision."""
        return self.latest_review is not None
