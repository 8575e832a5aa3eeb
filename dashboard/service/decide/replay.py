"""Replay: a recorded decision recomputed from the stored input and the stored weights, and an account of the differences.

    python -m dashboard replay DECISION_ID [--weights FILE] [--db PATH_OR_URL] [--json]

Exit codes: 0 every bit came out again, 1 something differs (the account says what), 2 it cannot be replayed.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from audit import AuditError, DecisionRecord, NotFound, open_store
from dashboard.service.common.worker import Progress
from dashboard.service.decide.judging import within
from dashboard.service.decide.pipeline import RecordReader, load_evidence
from dashboard.service.decide.revision import code_revision, runtime
from sparsemix import HeadSelection, Run, SelectionTrace, SparseMixError, SparseMixModel
from sparsemix.terminal import printable
from sparsemix.trace.selection_trace import blob_sha256


@dataclass(frozen=True, slots=True)
class LayerDifference:
    """A layer in record and replay: how many pairs only one of them has, and whether the blob's hash is the ``same``."""

    layer: int
    same: bool
    only_recorded: int
    only_replayed: int


@dataclass(frozen=True, slots=True)
class Replay:
    """A second run of a recorded decision. ``weights``: where they came from: "record", or "loaded" when they were given.

    ``surroundings``: the code, libraries and machine that have changed, as name -> [then, now]; they may explain a difference
    and are not counted as one.
    """

    decision_id: str
    weights: str
    same_weights: bool
    layers: tuple[LayerDifference, ...]
    label: str
    recorded_label: str
    score: float
    recorded_score: float
    surroundings: dict[str, tuple[str, str]]

    @property
    def identical(self) -> bool:
        """Whether every bit of the selection and of the output came out again."""
        same_output = (self.label, self.score) == (self.recorded_label, self.recorded_score)
        return self.same_weights and same_output and all(layer.same for layer in self.layers)


def replay_bits(
    store: RecordReader,
    decision_id: str,
    *,
    model: SparseMixModel | None = None,
    progress: Progress = lambda _share, _stage: None,
) -> Replay:
    """Run the recorded weights again on the stored input; ``model`` is used when it has the same weights, or where the record
    has none.

    Raises `NotFound` when there are no weights in either place, `Tampered` when the stored evidence is not what was recorded.
    """
    progress(0.0, "read")
    decision = store.decision(decision_id)
    sequence, recorded = load_evidence(store, decision, lambda _share: progress(0.0, "read"))
    used, source = _weights(store, decision, model)
    run = used.run_with_trace(sequence, within(progress))
    progress(0.98, "compare")
    return Replay(
        decision_id=decision_id,
        weights=source,
        same_weights=used.weights_sha256 == decision.weights_sha256,
        layers=tuple(_layers(decision, recorded, run)),
        label=run.decision.label,
        recorded_label=decision.label,
        score=run.decision.sequence_probability,
        recorded_score=decision.score,
        surroundings=_surroundings(decision),
    )


def _weights(store: RecordReader, decision: DecisionRecord, model: SparseMixModel | None) -> tuple[SparseMixModel, str]:
    if model is not None and model.weights_sha256 == decision.weights_sha256:
        return model, "loaded"
    if decision.weights_blob is not None:
        return SparseMixModel.from_bytes(store.blob(decision.weights_blob)), "record"
    if model is None:
        raise NotFound(f"the record has no weights for decision {decision.id}: give the file with --weights")
    return model, "loaded"


def _layers(decision: DecisionRecord, recorded: SelectionTrace, run: Run) -> list[LayerDifference]:
    hashes = {selection.layer: selection.sha256 for selection in decision.selections}
    layers = []
    for layer in range(max(len(recorded.heads), len(run.trace.heads))):
        in_record, in_replay = layer < len(recorded.heads), layer < len(run.trace.heads)
        same = in_replay and blob_sha256(run.trace.layer_blob(layer)) == hashes.get(layer)
        before = _pairs(recorded.heads[layer]) if in_record and not same else set()
        now = _pairs(run.trace.heads[layer]) if in_replay and not same else set()
        layers.append(LayerDifference(layer, same, len(before - now), len(now - before)))
    return layers


def _pairs(heads: tuple[HeadSelection, ...]) -> set[tuple[int, int, int]]:
    return {
        (index, query, key)
        for index, head in enumerate(heads)
        for query, key in zip(head.query_index.tolist(), head.key_index.tolist(), strict=True)
    }


def _surroundings(decision: DecisionRecord) -> dict[str, tuple[str, str]]:
    now = {"code": code_revision(), **runtime()}
    then = {"code": decision.code_revision, **decision.runtime}
    return {name: (then.get(name, "–"), now.get(name, "–")) for name in {**then, **now} if then.get(name) != now.get(name)}


def account(replay: Replay) -> str:
    """Describe the outcome in words for the shell."""
    lines = []
    if replay.identical:
        lines.append(f"identical: the output and the selection of all {len(replay.layers)} layers, bit for bit")
    elif not replay.same_weights:
        lines.append("not comparable: these are not the weights that made the decision")
    for layer in replay.layers:
        if not layer.same:
            lines.append(
                f"layer {layer.layer + 1} differs: {layer.only_recorded} pairs only in the record, "
                f"{layer.only_replayed} only now"
            )
    if (replay.label, replay.score) != (replay.recorded_label, replay.recorded_score):
        lines.append(
            f"the output differs: {replay.label} {replay.score!r}, recorded {replay.recorded_label} {replay.recorded_score!r}"
        )
    lines += [f"not as then: {name} was {then}, is {now}" for name, (then, now) in replay.surroundings.items()]
    return "\n".join(lines)


def main(argv: list[str]) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m dashboard replay", description="Recompute a decision of the record.")
    parser.add_argument("decision_id", metavar="DECISION_ID")
    parser.add_argument("--db", metavar="PATH_OR_URL", help="default: as for the app")
    parser.add_argument("--weights", metavar="FILE", type=Path, help="for decisions whose weights the record does not keep")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    try:
        model = SparseMixModel.load(arguments.weights) if arguments.weights else None
        with closing(open_store(arguments.db, read_only=True)) as store:
            replay = replay_bits(store, arguments.decision_id, model=model)
    except (AuditError, SparseMixError) as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return 2
    print(json.dumps(asdict(replay) | {"identical": replay.identical}) if arguments.json else printable(account(replay)))
    return 0 if replay.identical else 1
