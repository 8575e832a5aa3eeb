"""Decisions of an edge runtime taken into the record: checked, decided once more, then recorded as if they were made here.

    python -m dashboard ingest DECISIONS [--db PATH_OR_URL] [--weights FILE] [--as LOGIN] [--json]

Of every folder (``sparsemix.edge.folder``): all hashes, that it follows the decision before it, that the input gives the same
events, and that the full model, with weights of the same identity, selects the same pairs and decides the same. Recorded is
what the full model selected and said of it, which a replay gives again to the last bit: the edge's pairs, with weights and
probabilities that the edge's may differ from by the last bits of another machine. The edge's decision, and the hashes of all
that it wrote, stand in the details (``edge``). What the edge cannot tell (whether explanations agree, what would change the
decision, drift, the policy's gate) is found here. What is in the record already stays as it is; what does not fit is told and
left out, and the rest goes on.

Rounded weights (float16, int8) are held or not as the weights that they were rounded from, once it was found here that they
were: by rounding those again, if the record or ``--weights`` has them.

Exit codes: 0 all of it is in the record, 1 something does not fit, 2 nothing could be done.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from audit import Access, AuditError, DecidedAlready, NotFound, default_location, utc_now
from audit.cli.acting_commands import access_of
from audit.cli.read_commands import printable
from dashboard.service.common.sources import cleaned, source_of
from dashboard.service.decide.decision_record import Judged
from dashboard.service.decide.pipeline import display_name, enter, explain
from dashboard.service.decide.weights_used import program_weights
from dashboard.service.edge_intake.agreement import RefusedError, refuse_other
from sparsemix import SparseMixError, SparseMixModel, WeightsError
from sparsemix.edge import folder
from sparsemix.edge.exporter import full_model, stored_as
from sparsemix.edge.folder import Chain, Kept
from sparsemix.edge.weights import FORMATS
from sparsemix.errors import EdgeError
from sparsemix.readers import Limits, ReadOptions, read_file


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a decision: ``state`` "recorded", "known" (it was in the record already) or "refused"; its ``id`` in the
    record; ``problem``: why it was refused, or what is wrong with the chain before it."""

    folder: str
    state: str
    id: str | None = None
    problem: str | None = None


class Ingest:
    """Takes in folders one after the other. ``given``: weights that decisions were made with, where the record has none."""

    def __init__(self, access: Access, given: SparseMixModel | None) -> None:
        self._access, self._given = access, given
        self._models: dict[str, SparseMixModel] = {}
        self._originals: dict[tuple[str, str, str], str | None] = {}

    def take(self, path: Path, before: Chain | None) -> tuple[Taken, Chain | None]:
        """Take in one folder; ``before``: the chain as the folder before it left it. Returns the chain after this one."""
        try:
            kept = folder.read(path)
        except EdgeError as error:
            return Taken(path.name, "refused", problem=str(error)), None
        if (known := self._access.from_edge(kept.said["parts"][folder.INPUT]["sha256"], kept.sha256)) is not None:
            return Taken(path.name, "known", known), kept.chain
        if before is not None and before.device == kept.said["device"] and before.number >= kept.said["number"]:
            problem = f"its number {kept.said['number']} was given twice"
            return Taken(path.name, "refused", problem=problem), before
        gap = None if self._follows(kept, before) else "the decision before it is missing or was changed"
        try:
            id = self._record(kept, gap)
        except DecidedAlready as already:
            # Somebody else takes the same folder in, and was faster.
            return Taken(path.name, "known", already.decision_id), kept.chain
        except (RefusedError, SparseMixError, AuditError) as error:
            return Taken(path.name, "refused", problem=str(error)), kept.chain
        return Taken(path.name, "recorded", id, gap), kept.chain

    def knows(self, end: Chain) -> bool:
        """Whether the decision that a chain ends with is in the record."""
        return end.input_sha256 is not None and self._access.from_edge(end.input_sha256, end.sha256) is not None

    def _follows(self, kept: Kept, before: Chain | None) -> bool:
        """Whether what comes before a decision is what it says: the folder before, or in the record where it was cleared."""
        previous, number, input_sha256 = (kept.said[name] for name in ("previous", "number", "previous_input"))
        if number == 1:
            return bool(previous == folder.NOTHING)
        if before is not None and before.device == kept.said["device"] and before.number == number - 1:
            return bool(before.sha256 == previous)
        return input_sha256 is not None and self._access.from_edge(input_sha256, previous) is not None

    def _record(self, kept: Kept, gap: str | None) -> str:
        said = kept.said
        try:
            name, options = display_name(str(said["name"])), ReadOptions.from_payload(said["reading"])
            weights = str(said["weights_sha256"]), str(said["weights_as"]), str(said["from_weights_sha256"])
            model = self._model(*weights)
            source = said["source"]
            moments = str(said["started_at"]), str(said["ended_at"])
            runtime = {str(key): str(value) for key, value in said["runtime"].items()}
            memory = said["memory_mb"]
            read = read_file(kept.parts[folder.INPUT], name, Limits(), options)
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
        judged = Judged(
            kept.parts[folder.INPUT],
            read.options,
            read.sequence,
            run,
            *explain(model, read.sequence, run),
            *moments,
            memory_mb=float(memory) if isinstance(memory, int | float) else None,
            code_revision=f"sparsemix edge {runtime.get('edge', '')[:64]}",
            runtime=runtime,
            details={"edge": edge},
        )
        origin = cleaned(source) if isinstance(source, str) else source_of(name)
        original = self._rounded_from(*weights)
        return enter(judged, model=model, access=self._access, source=origin, original=original)

    def _model(self, sha256: str, kind: str, original: str) -> SparseMixModel:
        """The full model that decides as the edge did. Raises RefusedError where its weights are not there."""
        if sha256 not in self._models:
            if not self._access.missing_blobs({sha256}):
                self._models[sha256] = SparseMixModel.from_bytes(self._access.blob(sha256))
            elif self._given is not None and self._given.weights_sha256 == sha256:
                self._models[sha256] = self._given
            elif self._given is not None and self._given.weights_sha256 == original and kind in FORMATS:
                self._models[sha256] = stored_as(self._given, kind)
        found = self._models.get(sha256)
        if found is None or found.weights_sha256 != sha256:
            raise RefusedError(
                f"it was made with the weights {original[:12]}…, which are neither in the record nor given with --weights"
            )
        return found

    def _rounded_from(self, sha256: str, kind: str, original: str) -> str | None:
        """The hash of the weights that these were rounded from, found by rounding them: a device may say what it likes. None
        where they are no others, or that cannot be found."""
        asked = sha256, kind, original
        if asked not in self._originals:
            found = self._other(original) if kind in FORMATS and original != sha256 else None
            same = found is not None and stored_as(found, kind).weights_sha256 == sha256
            self._originals[asked] = original if same else None
        return self._originals[asked]

    def _other(self, sha256: str) -> SparseMixModel | None:
        """The weights of this hash; None where they are neither given nor in the record."""
        if self._given is not None and self._given.weights_sha256 == sha256:
            return self._given
        try:
            return SparseMixModel.from_bytes(self._access.blob(sha256))
        except NotFound:
            return None


def ingest(
    place: Path, access: Access, given: SparseMixModel | None, tell: Callable[[Taken], None] = lambda _taken: None
) -> list[Taken]:
    """Take in all decisions of a folder, oldest first. Raises EdgeError when it is none of an edge runtime."""
    end, taking, before = folder.head(place), Ingest(access, given), None
    found = []
    for path in folders(place):
        taken, before = taking.take(path, before)
        found.append(taken)
        tell(taken)
    if end is not None and (before is None or before.number < end.number) and not taking.knows(end):
        found.append(Taken(folder.CHAIN, "refused", problem=f"decision {end.number} of {end.device}, the last, is missing"))
        tell(found[-1])
    return found


def folders(place: Path) -> Sequence[Path]:
    """The decisions of a folder. Raises EdgeError when there are none and no chain."""
    found = folder.folders(place)
    if not found and folder.head(place) is None:
        raise EdgeError(f"{place} holds no decisions of an edge runtime.")
    return found


def main(argv: list[str]) -> int:
    """The command."""
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

    def tell(taken: Taken) -> None:
        print(json.dumps(asdict(taken)) if arguments.json else printable(sentence(taken)), flush=True)

    try:
        given = _given(arguments.weights)
        with access_of(arguments) as access:
            found = ingest(arguments.place, access, given, tell)
    except (AuditError, SparseMixError, OSError) as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return 2
    return int(any(taken.problem is not None for taken in found))


def _given(path: Path | None) -> SparseMixModel | None:
    try:
        return SparseMixModel.load(program_weights()) if path is None else full_model(path.read_bytes())
    except WeightsError:
        if path is not None:
            raise
        return None


def sentence(taken: Taken) -> str:
    """What became of a decision, in words."""
    done = f"{taken.folder}: {taken.state}" + (f" as {taken.id}" if taken.id else "")
    return f"{done}; {taken.problem}" if taken.problem else done
