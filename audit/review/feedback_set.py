"""Feedback set: reviews as a set to learn from, versioned by the log's head and weighed by how accurate each reviewer is.

    written = access.feedback.write(Path("feedback.zip"))      # python -m audit feedback --out feedback.zip
    written.sha256, written.labels, written.pairs

The file is a zip of the inputs under ``inputs/SHA256`` and of ``feedback.json``. It is byte for byte the same for the same head
of the log and the same ``since``, and its identity is the hash of ``feedback.json``. An entry of the log (type "feedback") says
that it was taken. Only reviews that count are in it: not superseded, not withdrawn, not of control items, and not of decisions
that still wait for an independent review, whose reviewer could read the others' here. Where there are too many, the set holds
the decisions that were reviewed last (`reviewed_decisions`). Reviewers are numbered, not named.

    {"format": "sparsemix-feedback-1", "entries": 812, "root": "...", "since": null, "left_out": 0,
     "reviewers": [{"labels": 0.93, "pairs": 0.81}, ...],
     "decisions": [{"id", "input_sha256", "input_name", "weights_sha256", "reading", "label", "probability",
                    "pairs": [{"query", "key", "verdict", "probability"}, ...]}, ...]}

``label``: the model's label, or the corrected one where that is likelier, with its ``probability`` in [0.5, 1)
(`agreement.weigh`); 0.5 where no review speaks of the label: a flag on the evidence of a decision does not say that its
verdict was wrong (`gate.says_right`). A pair's ``verdict`` is relevant, spurious or missing, with its probability. The verdict
is about two events, whatever head the reviewer looked at. Where a lead settled a dispute, the ruling alone says what is right,
for the verdict and for the pairs that it names.
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
from audit.people.rights import Action, RecordPart
from audit.records import validation as v
from audit.records.atomic_files import replacing
from audit.records.canonical import canonical
from audit.records.records import ReviewRecord
from audit.records.vocabulary import PairVerdict, ReviewKind
from audit.review.agreement import Vote, WeighedVotes, weigh
from audit.review.gate import current_reviews, deciding, says_right
from audit.review.reviewed_decisions import ReviewedCase, fitting, last_reviewed, waiting
from audit.storage import queries
from audit.storage.database import read_head
from audit.storage.stored_files import read_blob

FORMAT = "sparsemix-feedback-1"
_CONTENT = "feedback.json"
# A decision has one of two labels; a flag on one without a corrected label means the other.
_OTHER = {"fault": "normal", "normal": "fault"}


class WrittenFeedback(NamedTuple):
    """A set that was written: its hash, the number of the log's entry, for how many decisions it says the right label, how many
    pairs and reviewers it holds, and how many decisions were left out because they did not fit."""

    sha256: str
    seq: int
    labels: int
    pairs: int
    reviewers: int
    left_out: int


class FeedbackSummary(NamedTuple):
    """How many ``reviews`` count, of how many ``decisions``, by how many ``reviewers``, and how often they marked a pair as
    relevant, spurious or missing; ``waiting``: how many further decisions were reviewed and need more reviews."""

    decisions: int
    reviews: int
    reviewers: int
    relevant: int
    spurious: int
    missing: int
    waiting: int


class _Label(NamedTuple):
    """The statement that the verdict on a decision was right; ``ruled``: by a lead who knew the reviews."""

    decision: str
    ruled: bool


class _Pair(NamedTuple):
    """The statement that two events of a decision matter to each other."""

    decision: str
    query: int
    key: int
    ruled: bool

    @property
    def place(self) -> tuple[int, int]:
        return self.query, self.key


class Feedback(RecordPart):
    """Reviews as one person may take them out of the record. Every method may raise `Denied` and `SignInFailed`."""

    def summary(self) -> FeedbackSummary:
        """Count the reviews to learn from; nothing leaves the record, and no entry is written."""
        with self._rights.reading(Action.TAKE_FEEDBACK) as (connection, _):
            reviewed = {id: current_reviews(own) for id, own in queries.reviews_by_decision(connection).items()}
            open_ones = waiting(connection)
        counting = [review for id, own in reviewed.items() if id not in open_ones for review in own]
        marks = Counter(pair.verdict for review in counting for pair in review.pairs)
        return FeedbackSummary(
            decisions=len({review.decision_id for review in counting}),
            reviews=len(counting),
            reviewers=len({review.reviewer_id for review in counting}),
            relevant=marks[PairVerdict.RELEVANT],
            spurious=marks[PairVerdict.SPURIOUS],
            missing=marks[PairVerdict.MISSING],
            waiting=sum(bool(own) for id, own in reviewed.items() if id in open_ones),
        )

    def write(self, path: Path, *, since: str | None = None) -> WrittenFeedback:
        """Write the set of the decisions that were reviewed at ``since`` or later. Raises `Conflict` when the file exists;
        `InvalidRecord` when nobody has reviewed anything, or no input is small enough."""
        self._rights.require(Action.TAKE_FEEDBACK, path.name)
        if path.exists():
            raise Conflict(f"{path} exists already; choose another name")
        if since is not None:
            v.moment("since", since)
        with self._database.read() as connection:
            head, chosen = read_head(connection), last_reviewed(connection, since)
        if not chosen.of:
            when = "yet" if since is None else f"since {since}"
            raise InvalidRecord(
                f"nobody has reviewed a decision {when}, or others still have to: there is nothing to learn from"
            )
        with replacing(path) as partial:
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:

                def put(sha256: str, content: bytes) -> None:
                    _put(archive, f"inputs/{sha256}", content)

                cases = sorted(fitting(chosen.cases, self._blob, put), key=lambda case: case.seq)
                if not cases:
                    raise InvalidRecord("the inputs of all reviewed decisions are too large to learn from")
                feedback = _feedback(cases)
                covered = {"entries": head.size, "root": head.root, "since": since, "left_out": chosen.of - len(cases)}
                content = canonical({"format": FORMAT, **covered, **feedback})
                _put(archive, _CONTENT, content)
            digest, pairs = sha256(content).hexdigest(), sum(len(row["pairs"]) for row in feedback["decisions"])
            labels = sum(row["probability"] > 0.5 for row in feedback["decisions"])
            with self._rights.acting(Action.TAKE_FEEDBACK, digest) as (connection, person):
                entry = self._append(connection, person, FEEDBACK, digest, covered | {"labels": labels, "pairs": pairs})
        return WrittenFeedback(digest, entry.seq, labels, pairs, len(feedback["reviewers"]), chosen.of - len(cases))

    def _blob(self, sha256: str) -> bytes:
        with self._database.read() as connection:
            return read_blob(connection, sha256)


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # A fixed time of writing: the same set gives the same bytes.
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _feedback(cases: Sequence[ReviewedCase]) -> dict[str, Any]:
    labels = weigh(vote for case in cases for vote in _label_votes(case))
    pairs = weigh(vote for case in cases for vote in _pair_votes(case))
    people = sorted({review.reviewer_id for case in cases for review in case.reviews})
    accuracies = [{"labels": labels.accuracy.get(who), "pairs": pairs.accuracy.get(who)} for who in people]
    return {"reviewers": accuracies, "decisions": [_decision(case, labels, pairs) for case in cases]}


def _independent(case: ReviewedCase) -> list[ReviewRecord]:
    """Return the reviews without the rulings that do not decide: a lead who had read the others was not independent."""
    last = deciding(case.reviews)
    return [review for review in case.reviews if review.kind is not ReviewKind.ADJUDICATION or review in last]


def _label_votes(case: ReviewedCase) -> Iterator[Vote[_Label]]:
    for review in _independent(case):
        right = says_right(review, case.label)
        if right is not None:
            yield Vote(_Label(case.id, review.kind is ReviewKind.ADJUDICATION), review.reviewer_id, right)


def _pair_votes(case: ReviewedCase) -> Iterator[Vote[_Pair]]:
    for review in _independent(case):
        verdicts: dict[tuple[int, int], set[PairVerdict]] = {}
        for pair in review.pairs:
            verdicts.setdefault((pair.query, pair.key), set()).add(pair.verdict)
        for (query, key), given in verdicts.items():
            statement = _Pair(case.id, query, key, review.kind is ReviewKind.ADJUDICATION)
            # A pair that matters at one head matters. A missing pair is shown to no other reviewer, so nobody could deny it.
            yield Vote(statement, review.reviewer_id, given != {PairVerdict.SPURIOUS}, given != {PairVerdict.MISSING})


def _decision(case: ReviewedCase, labels: WeighedVotes[_Label], pairs: WeighedVotes[_Pair]) -> dict[str, Any]:
    ruled = any(review.kind is ReviewKind.ADJUDICATION for review in case.reviews)
    right = labels.probability.get(_Label(case.id, ruled), 0.5)
    seen = {vote.statement.place for vote in _pair_votes(case) if vote.deniable}
    rows = []
    for place in dict.fromkeys(vote.statement.place for vote in _pair_votes(case)):
        ruling = _Pair(case.id, *place, ruled=True)
        true = pairs.probability[ruling if ruling in pairs.probability else ruling._replace(ruled=False)]
        rows.append(_pair(*place, true, missing=place not in seen))
    return {
        "id": case.id,
        "input_sha256": case.input_sha256,
        "input_name": case.input_name,
        "weights_sha256": case.weights_sha256,
        "reading": case.reading,
        "label": case.label if right >= 0.5 else _corrected(case),
        "probability": max(right, 1.0 - right),
        "pairs": rows,
    }


def _corrected(case: ReviewedCase) -> str:
    corrections = (review.corrected_label for review in deciding(case.reviews))
    labels = Counter(label for label in corrections if label not in (None, case.label))
    return str(labels.most_common(1)[0][0]) if labels else _OTHER.get(case.label, "normal")


def _pair(query: int, key: int, true: float, *, missing: bool) -> dict[str, Any]:
    verdict = PairVerdict.MISSING if missing else PairVerdict.RELEVANT if true >= 0.5 else PairVerdict.SPURIOUS
    return {"query": query, "key": key, "verdict": verdict.value, "probability": true if missing else max(true, 1.0 - true)}
