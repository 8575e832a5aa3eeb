"""From bytes to a judgement: a file is read, decided on and explained, and nothing is recorded yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from audit import utc_now
from audit.intake.inputs import INSTEAD_OF
from dashboard.service.common.decision_details import typed
from dashboard.service.common.memory import Peak, give_back
from dashboard.service.common.names import display_name
from dashboard.service.common.room import room
from dashboard.service.common.worker import Progress
from dashboard.service.decide.agreement import explained
from dashboard.service.decide.revision import code_revision, runtime
from dashboard.service.reading.reader import read_file
from sparsemix import Run, SparseMixModel, TokenSequence
from sparsemix.incidents.finding import MOST, together
from sparsemix.model.fallback import run_or_fall_back
from sparsemix.model.kept_events import KeptEvents
from sparsemix.monitoring.drift import SelectionProfile
from sparsemix.readers import FileRead, Limits, ReadOptions
from sparsemix.readers import read_file as read_here

GUESSED = ReadOptions()
Early = Callable[[list[tuple[int, int]]], None]
"""Is told the events that were flagged, each with how many lie close to it, the most probable first."""
OfAllEvents = tuple[SelectionProfile, set[str], bool]
_KEEPS = 20_000
"""Events up to which a run's memory stays for the next one: to have the system give it once more takes a tenth of the run."""
_READ_SHARE, _EXPLAIN_SHARE, STORE_SHARE = 0.02, 0.48, 0.02


@dataclass(frozen=True, slots=True)
class FileJudgement:
    """A file that the model has judged and nothing has recorded yet.

    ``data``: its bytes; ``options``: how they were read; ``blobs``: the selection, one a layer; ``started``, ``ended``: when
    the run began and ended; ``memory_mb``: the memory it took in megabytes, None where that is not known; ``code_revision``,
    ``runtime``: the program and the machine; ``details``: what the record keeps of the explanations, of a file that was judged
    by itself, and of this kind of input (a watched log, an edge device); ``of_all``: `of_all_events`, computed before `lean`.
    """

    data: bytes
    options: ReadOptions
    sequence: TokenSequence
    run: Run
    blobs: tuple[bytes, ...]
    started: str
    ended: str
    memory_mb: float | None
    code_revision: str
    runtime: Mapping[str, str]
    details: Mapping[str, object] = field(default_factory=dict)
    of_all: OfAllEvents | None = None

    @property
    def by_itself(self) -> bool:
        """Whether the file was judged by itself, because the weights did not know it."""
        return INSTEAD_OF in self.details

    @property
    def disagrees(self) -> bool:
        """Whether the explanations of one of its events contradict each other, so that a person should look."""
        return bool(typed(self.details).agreement.get("disagreeing"))


def judge(
    data: bytes,
    name: str,
    *,
    model: SparseMixModel,
    progress: Progress = lambda _share, _stage: None,
    options: ReadOptions = GUESSED,
    fall_back: bool = True,
    before: FileRead | None = None,
    kept: KeptEvents | None = None,
    early: Early = lambda _flagged: None,
) -> FileJudgement:
    """Read a file and decide on it without recording anything, so that any number of processes may do so at once.

    A file that ``model`` does not know is judged by itself, by the model for any log, unless ``fall_back`` is False.
    ``options``: how the file is to be read; ``before``: what was read of these very bytes by these options and this name, which
    changes nothing but the time; ``kept``: what the last window of a growing log left, whose lines this program itself cut, and
    reads here; ``early`` is told what was flagged before it is explained.
    Raises `InputError` when the input cannot be read, or has more events than there is memory for, and whatever ``progress``
    raises.
    """
    started, peak = utc_now(), Peak()
    progress(0.0, "read")
    shown = display_name(name)
    if before is not None:
        read = before
    elif kept is not None:
        read = read_here(data, shown, Limits(), options)
    else:
        read = read_file(data, shown, options, look=lambda share: progress(_READ_SHARE * share, "read"))
    part = within(progress, 1 - _EXPLAIN_SHARE - STORE_SHARE)
    with room(len(read.sequence), lambda others: progress(_READ_SHARE, f"wait {others}")):
        judged = run_or_fall_back(model, read.sequence, part, fall_back=fall_back, keep_layers=True, kept=kept)
        run, used = judged.run, judged.model
        early(_flagged(used, read.sequence, run))
        if len(read.sequence) > _KEEPS:
            give_back()
        views = explained(used, read.sequence, run, _explaining(progress))
    progress(1 - STORE_SHARE, "explain")
    details = views.facts(read.sequence)
    if used is not model:
        floor = model.config.familiarity_floor
        details |= {INSTEAD_OF: model.weights_sha256, "known_share": judged.known_share, "familiarity_floor": floor}
    return FileJudgement(
        data,
        read.options,
        read.sequence,
        replace(run, layers=None),
        tuple(run.blobs(lambda _share: progress(1 - STORE_SHARE, "explain"))),
        started,
        utc_now(),
        peak.megabytes(),
        code_revision(),
        runtime(),
        details,
    )


def _flagged(model: SparseMixModel, sequence: TokenSequence, run: Run) -> list[tuple[int, int]]:
    later, flagged = model.judge.later, run.decision.flagged
    flagged = flagged[flagged + later < len(sequence)]
    groups = together(flagged, run.decision.event_probability[flagged], sequence.starts)
    return [(event + later, len(own)) for event, own in islice(groups, MOST)]


def _explaining(progress: Progress) -> Progress:
    """Return a progress that maps the explanations' own share to their part of the whole."""
    return lambda share, _stage: progress(1 - STORE_SHARE - _EXPLAIN_SHARE * (1 - share), "explain")


def within(progress: Progress, until: float = 1 - STORE_SHARE) -> Progress:
    """Return a progress that maps the model's own share to the middle part of the whole."""
    span = until - _READ_SHARE
    return lambda share, stage: progress(_READ_SHARE + span * share, stage)
