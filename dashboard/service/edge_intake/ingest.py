"""Intake of an edge runtime's decisions: checked, decided once more, then recorded like decisions made here.

    python -m dashboard ingest DECISIONS [--db PATH_OR_URL] [--weights FILE] [--as LOGIN [--password-stdin]] [--json]

Every folder (``sparsemix.edge.folder``) is checked: all hashes, that it follows the decision before it, that the input gives
the same events, and that the full model, with weights of the same identity, selects the same pairs and decides the same. The
record gets the full model's selection and decision, which a replay reproduces to the last bit: the edge's pairs, with weights
and probabilities that may differ from the edge's by the last bits of another machine. The details (``edge``) hold the edge's
decision and the hashes of all files that it wrote. The intake adds what the edge cannot compute: whether explanations agree,
what would change the decision, drift, the policy's gate. A decision that is already in the record stays as it is. A decision
that does not fit is reported and left out, and the rest goes on.

Decisions by rounded weights (float16, int8) are held or released like those of the original weights, once the intake has
checked that these are the original: it rounds them again, if the record or ``--weights`` has them.

Exit codes: 0 all decisions are in the record, 1 some do not fit, 2 nothing could be done.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from audit import Access, AuditError, DecidedAlready, NotFound, default_location, utc_now
from audit.cli.acting_commands import access_of
from audit.cli.read_commands import printable
from dashboard.service.common.names import display_name
from dashboard.service.common.sources import cleaned, source_of
from dashboard.service.decide.agreement import explained
from dashboard.service.decide.judging import FileJudgement
from dashboard.service.decide.recording import enter
from dashboard.service.decide.weights_used import program_weights
from dashboard.service.reading.reader import read_file
from sparsemix import Decision, Run, SelectionTrace, SparseMixError, SparseMixModel, WeightsError
from sparsemix.edge import folder
from sparsemix.edge.exporter import full_model, stored_as
from sparsemix.edge.folder import Chain, StoredDecision
from sparsemix.edge.runtime import facts
from sparsemix.edge.weights import FORMATS
from sparsemix.errors import EdgeError
from sparsemix.readers import ReadOptions

# Probabilities and the values that the trace rounds to its grid may differ by the last bits of other machines.
_CLOSE, _GRID = 1e-6, 2.5e-3


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """The result for one decision: ``state`` "recorded", "known" (it was already in the record) or "refused"; its ``id`` in the
    record; ``problem``: why it was refused, or what is wrong with the chain before it."""

    folder: str
    state: str
    id: str | None = None
    problem: str | None = None


class Intake:
    """The intake of folders, one after the other. ``given``: weights that made the decisions, if the record does not have
    them."""

    def __init__(self, access: Access, given: SparseMixModel | None) -> None:
        self._access, self._given = access, given
        self._models: dict[str, SparseMixModel] = {}
        self._originals: dict[tuple[str, str, str], str | None] = {}

    def take(self, path: Path, before: Chain | None) -> tuple[IntakeResult, Chain | None]:
        """Take in one folder; ``before``: the chain as the folder before it left it. Returns the chain after this one."""
        try:
            kept = folder.read(path)
        except EdgeError as error:
            return IntakeResult(path.name, "refused", problem=str(error)), None
        if (known := self._access.from_edge(kept.content["parts"][folder.INPUT]["sha256"], kept.sha256)) is not None:
            return IntakeResult(path.name, "known", known), kept.chain
        if before is not None and before.device == kept.content["device"] and before.number >= kept.content["number"]:
            problem = f"its number {kept.content['number']} was given twice"
            return IntakeResult(path.name, "refused", problem=problem), before
        gap = None if self._follows(kept, before) else "the decision before it is missing or was changed"
        try:
            id = self._record(kept, gap)
        except DecidedAlready as already:
            # Another intake of the same folder was faster.
            return IntakeResult(path.name, "known", already.decision_id), kept.chain
        except (RefusedError, SparseMixError, AuditError) as error:
            return IntakeResult(path.name, "refused", problem=str(error)), kept.chain
        return IntakeResult(path.name, "recorded", id, gap), kept.chain

    def knows(self, end: Chain) -> bool:
        """Return whether the last decision of a chain is in the record."""
        return end.input_sha256 is not None and self._access.from_edge(end.input_sha256, end.sha256) is not None

    def _follows(self, kept: StoredDecision, before: Chain | None) -> bool:
        """Return whether the decision before this one is the one it names: the folder before it, or a decision in the record if
        that folder was removed."""
        previous, number, input_sha256 = (kept.content[name] for name in ("previous", "number", "previous_input"))
        if number == 1:
            return bool(previous == folder.NOTHING)
        if before is not None and before.device == kept.content["device"] and before.number == number - 1:
            return bool(before.sha256 == previous)
        return input_sha256 is not None and self._access.from_edge(input_sha256, previous) is not None

    def _record(self, kept: StoredDecision, gap: str | None) -> str:
        said = kept.content
        try:
            name, options = display_name(str(said["name"])), ReadOptions.from_payload(said["reading"])
            weights = str(said["weights_sha256"]), str(said["weights_as"]), str(said["from_weights_sha256"])
            model = self._model(*weights)
            source = said["source"]
            moments = str(said["started_at"]), str(said["ended_at"])
            runtime = {str(key): str(value) for key, value in said["runtime"].items()}
            memory = said["memory_mb"]
            read = read_file(kept.parts[folder.INPUT], name, options)
            run = model.run_with_trace(read.sequence)
            refuse_other(kept, run)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RefusedError(f"{folder.DECISION} does not say what it should ({error})") from error
        edge = {
            "device": said["device"],
            "number": said["number"],
            "sha256": kept.sha256,
            "previous": said["previous"],
            "gap": gap is not None,
            "weights_as": said["weights_as"],
            "from_weights_sha256": said["from_weights_sha256"],
            "decision": said["decision"],
            "taken_in_at": utc_now(),
            "parts": {part: about["sha256"] for part, about in said["parts"].items()},
        }
        judged = FileJudgement(
            kept.parts[folder.INPUT],
            read.options,
            read.sequence,
            run,
            tuple(run.blobs()),
            *moments,
            memory_mb=float(memory) if isinstance(memory, int | float) else None,
            code_revision=f"sparsemix edge {runtime.get('edge', '')[:64]}",
            runtime=runtime,
            details={"edge": edge, **explained(model, read.sequence, run).facts(read.sequence)},
        )
        origin = cleaned(source) if isinstance(source, str) else source_of(name)
        original = self._rounded_from(*weights)
        return enter(judged, model=model, access=self._access, source=origin, original=original)

    def _model(self, sha256: str, kind: str, original: str) -> SparseMixModel:
        """Return the full model with the edge's weights. Raises `RefusedError` when these weights are not available."""
        if sha256 not in self._models:
            model = self._available(sha256)
            if model is None and self._given is not None and self._given.weights_sha256 == original and kind in FORMATS:
                model = stored_as(self._given, kind)
            if model is None or model.weights_sha256 != sha256:
                raise RefusedError(
                    f"it was made with the weights {original[:12]}…, which are neither in the record nor given with --weights"
                )
            self._models[sha256] = model
        return self._models[sha256]

    def _rounded_from(self, sha256: str, kind: str, original: str) -> str | None:
        """Return the hash of the weights that these were rounded from, checked by rounding them: a device's claim is no proof.

        None when these weights are not rounded, or the original is not available.
        """
        claim = sha256, kind, original
        if claim not in self._originals:
            unrounded = self._available(original) if kind in FORMATS and original != sha256 else None
            same = unrounded is not None and stored_as(unrounded, kind).weights_sha256 == sha256
            self._originals[claim] = original if same else None
        return self._originals[claim]

    def _available(self, sha256: str) -> SparseMixModel | None:
        """Return the weights of this hash; None when they are neither given nor in the record."""
        if self._given is not None and self._given.weights_sha256 == sha256:
            return self._given
        try:
            return SparseMixModel.from_bytes(self._access.blob(sha256))
        except NotFound:
            return None


class RefusedError(Exception):
    """Raised for a decision that does not fit, with the reason."""


def refuse_other(kept: StoredDecision, run: Run) -> None:
    """Raise `RefusedError` when the full model decides or selects otherwise than the edge."""
    names = sorted(name for name in kept.parts if name.startswith("layer-"))
    if names != sorted(f"layer-{layer}.arrow" for layer in range(len(run.trace.heads))):
        raise RefusedError("it has another number of layers than the weights")
    trace = SelectionTrace.from_blobs([kept.parts[f"layer-{layer}.arrow"] for layer in range(len(names))])
    if kept.content["sequence_sha256"] != run.decision.input_sha256:
        raise RefusedError("its input gives other events than were decided on")
    if kept.content["config_sha256"] != run.decision.config_sha256:
        raise RefusedError("it was decided under another configuration")
    _check_trace(trace, run.trace)
    _check_decision(kept, run.decision)


def _check_trace(edge: SelectionTrace, here: SelectionTrace) -> None:
    if edge.length != here.length or [len(heads) for heads in edge.heads] != [len(heads) for heads in here.heads]:
        raise RefusedError("its selection belongs to other events or to another model")
    for (layer, head, edge_head), (_, _, full_head) in zip(edge, here, strict=True):
        exact = ("query_ptr", "key_index", "route", "certified", "near_ptr", "near_index")
        if not all(np.array_equal(getattr(edge_head, name), getattr(full_head, name)) for name in exact):
            raise RefusedError(f"the full model selects other pairs in layer {layer + 1}, head {head + 1}")
        close = ("weight", "threshold", "anchor_weight", "logit", "near_logit")
        if not all(np.allclose(getattr(edge_head, name), getattr(full_head, name), rtol=0, atol=2 * _GRID) for name in close):
            raise RefusedError(f"the full model gives other weights in layer {layer + 1}, head {head + 1}")


def _check_decision(kept: StoredDecision, here: Decision) -> None:
    said = kept.content["decision"]
    data = kept.parts.get(folder.EVENTS, b"")
    if len(data) != 4 * len(here.event_probability):
        raise RefusedError("it has not one probability an event")
    events = np.frombuffer(data, "<f4").astype(np.float32)
    found = facts(here)
    if set(said) != set(found) or {name for name, value in found.items() if not _agree(said[name], value)}:
        raise RefusedError("the full model decides otherwise")
    if not np.allclose(events, here.event_probability, rtol=0, atol=_CLOSE):
        raise RefusedError("the full model gives its events other probabilities")


def _agree(one: object, other: object) -> bool:
    """Return whether two facts are the same, numbers up to the last bits."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_agree, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= _CLOSE
    return type(one) is type(other) and one == other


def ingest(
    place: Path, access: Access, given: SparseMixModel | None, tell: Callable[[IntakeResult], None] = lambda _result: None
) -> list[IntakeResult]:
    """Take in all decisions of a folder, oldest first.

    Raises `EdgeError` when the folder holds no decisions of an edge runtime.
    """
    end, intake, before = folder.head(place), Intake(access, given), None
    decisions = folder.folders(place)
    if not decisions and end is None:
        raise EdgeError(f"{place} holds no decisions of an edge runtime.")
    results = []
    for path in decisions:
        result, before = intake.take(path, before)
        results.append(result)
        tell(result)
    if end is not None and (before is None or before.number < end.number) and not intake.knows(end):
        results.append(
            IntakeResult(folder.CHAIN, "refused", problem=f"decision {end.number} of {end.device}, the last, is missing")
        )
        tell(results[-1])
    return results


def main(argv: list[str]) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m dashboard ingest", description="Take decisions of an edge runtime in.")
    parser.add_argument("place", type=Path, metavar="DECISIONS")
    parser.add_argument("--db", default=default_location(), metavar="PATH_OR_URL", help="default: as for the app")
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="that the device was made from, or its own copy; default: as for the app",
    )
    parser.add_argument("--as", dest="login", metavar="LOGIN", help="who does it, once the record has accounts")
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object a decision")
    arguments = parser.parse_args(argv)

    def tell(result: IntakeResult) -> None:
        print(json.dumps(asdict(result)) if arguments.json else printable(sentence(result)), flush=True)

    try:
        given = _given(arguments.weights)
        with access_of(arguments) as access:
            results = ingest(arguments.place, access, given, tell)
    except (AuditError, SparseMixError, OSError) as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return 2
    return int(any(result.problem is not None for result in results))


def _given(path: Path | None) -> SparseMixModel | None:
    try:
        return SparseMixModel.load(program_weights()) if path is None else full_model(path.read_bytes())
    except WeightsError:
        if path is not None:
            raise
        return None


def sentence(result: IntakeResult) -> str:
    """Return a result in words."""
    done = f"{result.folder}: {result.state}" + (f" as {result.id}" if result.id else "")
    return f"{done}; {result.problem}" if result.problem else done
