"""What people said of decisions, as a set to learn from: versioned by the log's head, weighed by how far each is believed.

    written = access.feedback.write(Path("feedback.zip"))      # python -m audit feedback --out feedback.zip
    written.sha256, written.labels, written.pairs

The file is a zip of the inputs that it speaks of under ``inputs/SHA256`` and of ``feedback.json``, byte for byte the same for
the same head of the log and the same ``since``, and known by the hash of ``feedback.json``; that it was taken is an entry of
the log (type "feedback"). Only reviews that count are in it: not superseded, not withdrawn, none of control items, none of
decisions that wait for somebody's independent word, who could read the others' here; where they are too many, those of the
decisions that were reviewed last (`reviewed`). Reviewers are numbered, not named.

    {"format": "sparsemix-feedback-1", "entries": 812, "root": "...", "since": null, "left_out": 0,
     "reviewers": [{"labels": 0.93, "pairs": 0.81}, ...],
     "decisions": [{"id", "input_sha256", "input_name", "weights_sha256", "reading", "label", "probability",
                    "pairs": [{"query", "key", "verdict", "probability"}, ...]}, ...]}

``label``: the model's, or the corrected one where that is likelier, with its ``probability`` in [0.5, 1) (`votes`); 0.5 where
nobody spoke of it: who flags the evidence of a decision does not say that its verdict was wrong (`said`). A pair's ``verdict``:
relevant, spurious or missing, and how probably it is so. It is about two events, whatever head was looked at when it was said.
Where a dispute was settled, the ruling alone says what is right, of the verdict and of the pairs that it names.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from audit.errors import Conflict, InvalidRecord
from audit.log.entries import FEEDBACK
from audit.people.rights import Rights
from audit.people.roles import Action
from audit.records import validation as v
from audit.records.atomic_files import replacing
from audit.records.canonical import canonical
from audit.records.records import ReviewRecord
from audit.records.vocabulary import PairVerdict, ReviewKind
from audit.review.gate import current_reviews
from audit.review.review_verdicts import deciding, says_right
from audit.review.reviewed_decisions import ReviewedCase, fitting, last_reviewed, waiting
from audit.review.reviewer_accuracy import Vote, Weighed, weigh
from audit.storage import queries
from audit.storage.log_head import read_head

__all__ = ["FORMAT", "Feedback", "Said", "WrittenFeedback"]

FORMAT = "sparsemix-feedback-1"
_CONTENT = "feedback.json"
# Two labels are all that a decision has; who flags one without saying what is right means the other.
_OTHER = {"fault": "normal", "normal": "fault"}


class WrittenFeedback(NamedTuple):
    """The hash of what was written, the number of the log's entry, of how many verdicts it says what is right, how many pairs
    and reviewers it speaks of, and how many decisions were left out because they did not fit."""

    sha256: str
    seq: int
    labels: int
    pairs: int
    reviewers: int
    left_out: int


class Said(NamedTuple):
    """How many reviews there are that count, of how many ``decisions``, by how many ``reviewers``, and how often they marked a
    pair as relevant, spurious or missing; ``waiting``: how many more decisions were reviewed and need more reviews."""

    decisions: int
    reviews: int
    reviewers: int
    relevant: int
    spurious: int
    missing: int
    waiting: int


class _Label(NamedTuple):
    """That the verdict on a decision was right; ``ruled``: as who settled a dispute says, who knew what the others had said."""

    decision: str
    ruled: bool


class _Pair(NamedTuple):
    """That two events of a decision matter to each other."""

    decision: str
    query: int
    key: int
    ruled: bool

    @property
    def place(self) -> tuple[int, int]:
        return self.query, self.key


class Feedback:
    """What one person may take away of what people said. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights

    def summary(self) -> Said:
        """How much people said; nothing leaves the record, and no entry is written."""
        with self._rights.reading(Action.TAKE_FEEDBACK) as (connection, _):
            reviewed = {id: current_reviews(own) for id, own in queries.reviews_by_decision(connection).items()}
            open_ones = waiting(connection)
        counting = [review for id, own in reviewed.items() if id not in open_ones for review in own]
        marks = Counter(pair.verdict for review in counting for pair in review.pairs)
        return Said(
            decisions=len({review.decision_id for review in counting}),
            reviews=len(counting),
            reviewers=len({review.reviewer_id for review in counting}),
            relevant=marks[PairVerdict.RELEVANT],
            spurious=marks[PairVerdict.SPURIOUS],
            missing=marks[PairVerdict.MISSING],
            waiting=sum(bool(own) for id, own in reviewed.items() if id in open_ones),
        )

    def write(self, path: Path, *, since: str | None = None) -> WrittenFeedback:
        """Write the set, of decisions that were reviewed from the moment ``since`` on. Errors: `Conflict` when the file is
        there; `InvalidRecord` when nobody has reviewed anything, or no input is small enough."""
        rights = self._rights
        rights.require(Action.TAKE_FEEDBACK, path.name)
        if path.exists():
            raise Conflict(f"{path} exists already; choose another name")
        if since is not None:
            v.moment("since", since)
        with rights.database.snapshot() as connection:
            head, found = read_head(connection), last_reviewed(connection, since)
        if not found.of:
            when = "yet" if since is None else f"since {since}"
            raise InvalidRecord(
                f"nobody has reviewed a decision {when}, or others still have to: there is nothing to learn from"
            )
        with replacing(path) as partial:
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:

                def put(sha256: str, content: bytes) -> None:
                    _put(archive, f"inputs/{sha256}", content)

                cases = sorted(fitting(found.cases, self._blob, put), key=lambda case: case.seq)
                if not cases:
                    raise InvalidRecord("the inputs of all reviewed decisions are too large to learn from")
                said = _set(cases)
                covered = {"entries": head.size, "root": head.root, "since": since, "left_out": found.of - len(cases)}
                content = canonical({"format": FORMAT, **covered, **said})
                _put(archive, _CONTENT, content)
            digest, pairs = sha256(content).hexdigest(), sum(len(one["pairs"]) for one in said["decisions"])
            labels = sum(one["probability"] > 0.5 for one in said["decisions"])
            with rights.acting(Action.TAKE_FEEDBACK, digest) as (connection, person):
                append, payload = rights.database.append, covered | {"labels": labels, "pairs": pairs}
                entry = append(connection, actor=person.id, type=FEEDBACK, subject=digest, payload=payload)
        return WrittenFeedback(digest, entry.seq, labels, pairs, len(said["reviewers"]), found.of - len(cases))

    def _blob(self, sha256: str) -> bytes:
        with self._rights.database.read() as connection:
            return queries.read_blob(connection, sha256)


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # No time of writing: the same set gives the same bytes.
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _set(cases: Sequence[ReviewedCase]) -> dict[str, Any]:
    labels = weigh(vote for case in cases for vote in _label_votes(case))
    pairs = weigh(vote for case in cases for vote in _pair_votes(case))
    people = sorted({review.reviewer_id for case in cases for review in case.reviews})
    accuracies = [{"labels": labels.accuracy.get(who), "pairs": pairs.accuracy.get(who)} for who in people]
    return {"reviewers": accuracies, "decisions": [_told(case, labels, pairs) for case in cases]}


def _independent(case: ReviewedCase) -> list[ReviewRecord]:
    """Without rulings but the one that decides: that they agree with what they had read says nothing of anybody."""
    last = deciding(case.reviews)
    return [one for one in case.reviews if one.kind is not ReviewKind.ADJUDICATION or one in last]


def _label_votes(case: ReviewedCase) -> Iterator[Vote[_Label]]:
    for review in _independent(case):
        right = says_right(review, case.label)
        if right is not None:
            yield Vote(_Label(case.id, review.kind is ReviewKind.ADJUDICATION), review.reviewer_id, right)


def _pair_votes(case: ReviewedCase) -> Iterator[Vote[_Pair]]:
    for review in _independent(case):
        said: dict[tuple[int, int], set[PairVerdict]] = {}
        for pair in review.pairs:
            said.setdefault((pair.query, pair.key), set()).add(pair.verdict)
        for (query, key), words in said.items():
            statement = _Pair(case.id, query, key, review.kind is ReviewKind.ADJUDICATION)
            # What matters at one head matters. What nobody selected is shown to nobody else, who might call it spurious.
            yield Vote(statement, review.reviewer_id, words != {PairVerdict.SPURIOUS}, words != {PairVerdict.MISSING})


def _told(case: ReviewedCase, labels: Weighed[_Label], pairs: Weighed[_Pair]) -> dict[str, Any]:
    ruled = any(review.kind is ReviewKind.ADJUDICATION for review in case.reviews)
    right = labels.probability.get(_Label(case.id, ruled), 0.5)
    seen = {vote.statement.place for vote in _pair_votes(case) if vote.deniable}
    told = []
    for place in dict.fromkeys(vote.statement.place for vote in _pair_votes(case)):
        last = _Pair(case.id, *place, ruled=True)
        true = pairs.probability[last if last in pairs.probability else last._replace(ruled=False)]
        told.append(_pair(*place, true, missing=place not in seen))
    return {
        "id": case.id,
        "input_sha256": case.input_sha256,
        "input_name": case.input_name,
        "weights_sha256": case.weights_sha256,
        "reading": case.reading,
        "label": case.label if right >= 0.5 else _corrected(case),
        "probability": max(right, 1.0 - right),
        "pairs": told,
    }


def _corrected(case: ReviewedCase) -> str:
    named = Counter(one.corrected_label for one in deciding(case.reviews) if one.corrected_label not in (None, case.label))
    return str(named.most_common(1)[0][0]) if named else _OTHER.get(case.label, "normal")


def _pair(query: int, key: int, true: float, *, missing: bool) -> dict[str, Any]:
    verdict = PairVerdict.MISSING if missing else PairVerdict.RELEVANT if true >= 0.5 else PairVerdict.SPURIOUS
    return {"query": query, "key": key, "verdict": verdict.value, "probability": true if missing else max(true, 1.0 - true)}
