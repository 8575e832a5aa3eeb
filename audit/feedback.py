"""What people said of decisions, as a set to learn from: versioned by the log's head, weighed by how far each is believed.

    written = access.feedback.write(Path("feedback.zip"))      # python -m audit feedback --out feedback.zip
    written.sha256, written.labels, written.pairs

The file is a zip of ``feedback.json`` and the inputs it speaks of under ``inputs/SHA256``, byte for byte the same for the same
head of the log, and known by the hash of ``feedback.json``; that it was taken is an entry of the log (type "feedback"). Only
reviews that count are in it: not superseded, not withdrawn, none of control items. Reviewers are numbered, not named.

    {"format": "sparsemix-feedback-1", "entries": 812, "root": "...", "reviewers": [{"labels": 0.93, "pairs": 0.81}, ...],
     "decisions": [{"id", "input_sha256", "input_name", "weights_sha256", "reading", "label", "probability",
                    "pairs": [{"layer", "head", "query", "key", "verdict", "probability"}, ...]}, ...]}

``label``: the model's, or the corrected one where that is likelier; a pair's ``verdict`` relevant, spurious or missing, and how
``probability`` in [0.5, 1) it is so (`votes`). Layer and head are null where a reviewer named lines and no head.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, select

from audit import queries
from audit.canonical import canonical
from audit.errors import Conflict, InvalidRecord
from audit.files import replacing
from audit.gate import current_reviews
from audit.records import DecisionRecord, PairReview, ReviewRecord
from audit.roles import Action
from audit.rules import FEEDBACK
from audit.schema import decisions, reviews
from audit.votes import Vote, Weighed, weigh
from audit.words import PairVerdict, Verdict

if TYPE_CHECKING:
    from audit.access import Access

__all__ = ["FORMAT", "Feedback", "Said", "WrittenFeedback"]

FORMAT = "sparsemix-feedback-1"
_CONTENT = "feedback.json"
# Two labels are all that a decision has; who flags one without saying what is right means the other.
_OTHER = {"fault": "normal", "normal": "fault"}


class WrittenFeedback(NamedTuple):
    """The hash of what was written, the number of the log's entry, and how many labels, pairs and reviewers it speaks of."""

    sha256: str
    seq: int
    labels: int
    pairs: int
    reviewers: int


class Said(NamedTuple):
    """How many reviews there are that count, of how many ``decisions``, by how many ``reviewers``, and how often they marked a
    pair as relevant, spurious or missing."""

    decisions: int
    reviews: int
    reviewers: int
    relevant: int
    spurious: int
    missing: int


class _Case(NamedTuple):
    decision: DecisionRecord
    reviews: list[ReviewRecord]


class _Pair(NamedTuple):
    decision: str
    layer: int | None
    head: int | None
    query: int
    key: int
    missing: bool


class Feedback:
    """What one person may take away of what people said. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def summary(self) -> Said:
        """How much people said; nothing leaves the record, and no entry is written."""
        with self._access.reading(Action.TAKE_FEEDBACK) as (connection, _):
            counting = [review for own in queries.reviews_by_decision(connection).values() for review in current_reviews(own)]
        marks = Counter(pair.verdict for review in counting for pair in review.pairs)
        return Said(
            decisions=len({review.decision_id for review in counting}),
            reviews=len(counting),
            reviewers=len({review.reviewer_id for review in counting}),
            relevant=marks[PairVerdict.RELEVANT],
            spurious=marks[PairVerdict.SPURIOUS],
            missing=marks[PairVerdict.MISSING],
        )

    def write(self, path: Path) -> WrittenFeedback:
        """Write the set. Errors: `Conflict` when the file is there; `InvalidRecord` when nobody has reviewed anything."""
        access = self._access
        access.require(Action.TAKE_FEEDBACK, path.name)
        if path.exists():
            raise Conflict(f"{path} exists already; choose another name")
        with access.store.database.snapshot() as connection:
            head, cases = access.store.head_in(connection), list(_cases(connection))
        if not cases:
            raise InvalidRecord("nobody has reviewed a decision yet: there is nothing to learn from")
        said = _set(cases, head.size, head.root)
        content = canonical(said)
        digest = sha256(content).hexdigest()
        pairs = sum(len(one["pairs"]) for one in said["decisions"])
        with replacing(path) as partial:
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
                _put(archive, _CONTENT, content)
                for name in sorted({case.decision.input_sha256 for case in cases}):
                    _put(archive, f"inputs/{name}", access.store.blob(name))
            covered = {"entries": head.size, "root": head.root, "labels": len(cases), "pairs": pairs}
            with access.acting(Action.TAKE_FEEDBACK, digest) as (connection, person):
                append = access.store.database.append
                entry = append(connection, actor=person.id, type=FEEDBACK, subject=digest, payload=covered)
        return WrittenFeedback(digest, entry.seq, len(cases), pairs, len(said["reviewers"]))


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # No time of writing: the same set gives the same bytes.
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _cases(connection: Connection) -> Iterator[_Case]:
    """Decisions with reviews that count, in order."""
    ids = connection.scalars(select(reviews.c.decision_id).distinct()).all()
    for summary in sorted(queries.summaries(connection, decisions.c.id.in_(ids)), key=lambda one: one.seq):
        counting = current_reviews(queries.reviews_of(connection, summary.decision.id))
        if counting:
            yield _Case(summary.decision, counting)


def _set(cases: Sequence[_Case], entries: int, root: str) -> dict[str, Any]:
    labels = weigh(vote for case in cases for vote in _label_votes(case))
    pairs = weigh(vote for case in cases for vote in _pair_votes(case))
    people = sorted({review.reviewer_id for case in cases for review in case.reviews})
    accuracies = [{"labels": labels.accuracy[who], "pairs": pairs.accuracy.get(who)} for who in people]
    return {
        "format": FORMAT,
        "entries": entries,
        "root": root,
        "reviewers": accuracies,
        "decisions": [_told(case, labels.probability[case.decision.id], pairs) for case in cases],
    }


def _label_votes(case: _Case) -> Iterator[Vote[str]]:
    for review in case.reviews:
        yield Vote(case.decision.id, review.reviewer_id, review.verdict is Verdict.APPROVE)


def _pair_votes(case: _Case) -> Iterator[Vote[_Pair]]:
    for review in case.reviews:
        for pair in review.pairs:
            # What nobody selected is shown to nobody else, who might call it spurious.
            deniable = pair.verdict is not PairVerdict.MISSING
            true = pair.verdict is not PairVerdict.SPURIOUS
            yield Vote(_statement(case.decision.id, pair), review.reviewer_id, true, deniable)


def _statement(decision: str, pair: PairReview) -> _Pair:
    return _Pair(decision, pair.layer, pair.head, pair.query, pair.key, pair.verdict is PairVerdict.MISSING)


def _told(case: _Case, right: float, pairs: Weighed[_Pair]) -> dict[str, Any]:
    decision = case.decision
    own = dict.fromkeys(vote.statement for vote in _pair_votes(case))
    return {
        "id": decision.id,
        "input_sha256": decision.input_sha256,
        "input_name": decision.input_name,
        "weights_sha256": decision.weights_sha256,
        "reading": decision.details.get("reading"),
        "label": decision.label if right >= 0.5 else _corrected(case),
        "probability": max(right, 1.0 - right),
        "pairs": [_pair(one, pairs.probability[one]) for one in own],
    }


def _corrected(case: _Case) -> str:
    named = Counter(review.corrected_label for review in case.reviews if review.corrected_label)
    return named.most_common(1)[0][0] if named else _OTHER.get(case.decision.label, "normal")


def _pair(one: _Pair, true: float) -> dict[str, Any]:
    verdict = PairVerdict.MISSING if one.missing else PairVerdict.RELEVANT if true >= 0.5 else PairVerdict.SPURIOUS
    place = {"layer": one.layer, "head": one.head, "query": one.query, "key": one.key}
    return place | {"verdict": verdict.value, "probability": true if one.missing else max(true, 1.0 - true)}
