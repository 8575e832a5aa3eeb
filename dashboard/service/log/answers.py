"""What the addresses of the log page give, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from dashboard.service.common.decision_details import details_of
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.explanation import ScoredAttribution
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.log.blocks import overview, text_block
from dashboard.service.log.effects import coloured, pair_changes, verdict_without
from dashboard.service.log.find import BadSearch, by_time, found
from dashboard.service.log.index import LogIndex
from dashboard.service.log.line import line_with_pairs
from dashboard.service.log.moments import Moments, moments_of
from dashboard.service.log.routes import Refused
from dashboard.service.log.waiting import Log, WaitingLog
from sparsemix import Rerun, WeightsError
from sparsemix.errors import ConfigError, ExplanationError
from sparsemix.model.run import Progress

_KEPT_EVENTS = 2_000_000
_OF_LINES = ("text", "overview", "find")
"""What is known of a log before it is judged."""
INDEX, MOMENTS = "index", "moments"
RunAgain = Callable[[LoadedDecision], Rerun]
"""Returns the run of a decision for interventions. Raises `WeightsError`."""
Attributed = Callable[[Rerun, str, int, str, Progress], ScoredAttribution]
"""Returns the attribution of an event of a decision by a method; what it reports its progress to may raise to stop it."""


class Answers:
    """Answers about decisions. ``again``: runs one again; ``attributed``: attributes an event's score."""

    def __init__(self, again: RunAgain, attributed: Attributed) -> None:
        self._again, self._attributed = again, attributed
        self._indexes: ResultCache[str, LogIndex] = ResultCache(_KEPT_EVENTS, lambda index: index.size)
        self._moments: ResultCache[str, Moments] = ResultCache(_KEPT_EVENTS, len)

    def missing(self, id: str, what: str, asked: Mapping[str, str]) -> list[str]:
        """Return what has to be prepared of the log with this `id_of` before it is asked, as in `routes.Opening.missing`."""
        index = what in (*_OF_LINES, "line") and self._indexes.get(id) is None
        moments = what == "find" and by_time(asked) and self._moments.get(id) is None
        return [part for part, wanted in ((INDEX, index), (MOMENTS, moments)) if wanted]

    def prepare(self, log: Log, part: str, progress: Progress) -> None:
        """Prepare what was missing. Raises what ``progress`` raises."""
        if part == INDEX:
            self._index(log, progress)
        else:
            self._times(log, progress)

    def of(
        self, log: Log, what: str, number: int, asked: Mapping[str, str], progress: Progress
    ) -> bytes | Mapping[str, object]:
        """Return what is asked, as in `routes.Opening.answer`. Raises `Refused`."""
        try:
            if what in _OF_LINES:
                return self._of_lines(log, what, number, asked, progress)
            if isinstance(log, WaitingLog):
                raise Refused(HTTPStatus.NOT_FOUND, "bad", "this log is not judged yet")
            return self._of(log, what, number, asked, progress)
        except BadSearch as error:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, error.code, str(error)) from error
        except (IndexError, ExplanationError, ConfigError) as error:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "bad", str(error)) from error
        except WeightsError as error:
            raise Refused(HTTPStatus.CONFLICT, "no_weights", str(error)) from error

    def _of_lines(
        self, log: Log, what: str, number: int, asked: Mapping[str, str], progress: Progress
    ) -> bytes | Mapping[str, object]:
        if what == "text":
            # The first lines do not wait for the index, which takes seconds for a long log.
            return text_block(log.sequence, None if isinstance(log, WaitingLog) else self._index(log, progress), number)
        index = self._index(log, progress)
        if what == "find":
            return found(log, index, asked, lambda: self._times(log, progress), progress).astype("<u4").tobytes()
        flagged = () if isinstance(log, WaitingLog) else details_of(log.summary.decision).flagged
        return overview(log.sequence, index, flagged)

    def _of(
        self, loaded: LoadedDecision, what: str, number: int, asked: Mapping[str, str], progress: Progress
    ) -> bytes | Mapping[str, object]:
        given: Mapping[str, Callable[[], bytes | Mapping[str, object]]] = {
            "flagged": lambda: {"flagged": self._flagged(loaded)},
            "line": lambda: line_with_pairs(loaded, self._index(loaded, progress), number),
            "why": lambda: pair_changes(self._again(loaded), number),
            "without": lambda: verdict_without(
                self._again(loaded), *(_whole(asked.get(name, "")) for name in ("event", "key"))
            ),
            "overlay": lambda: coloured(
                self._attributed(self._again(loaded), loaded.summary.decision.id, number, asked.get("method", ""), progress)
            ),
        }
        return given[what]()

    def _flagged(self, loaded: LoadedDecision) -> list[Any]:
        """Return all flagged events with their probabilities: the record lists the first, the others come from the run again,
        unless people named lines of their kinds fine."""
        details = details_of(loaded.summary.decision)
        if len(details.flagged) >= details.flagged_count or details.fine.get("left_out"):
            return [[event, probability] for event, _, probability in details.flagged]
        again = self._again(loaded).run.decision
        return [[event, float(again.event_probability[event])] for event in again.flagged.tolist()]

    def judged(self, log: WaitingLog, loaded: LoadedDecision) -> None:
        """Note which decision was made on a log that waited: its index holds for that as well, unless the log was read anew
        meanwhile, or only its beginning was shown."""
        if log.sequence is loaded.sequence and (index := self._indexes.get(log.entry)) is not None:
            self._indexes.put(loaded.summary.decision.id, index)

    def _index(self, log: Log, progress: Progress) -> LogIndex:
        return self._indexes.get_or_make(id_of(log), lambda: LogIndex.of(log.sequence, progress))

    def _times(self, log: Log, progress: Progress) -> Moments:
        return self._moments.get_or_make(id_of(log), lambda: moments_of(log.sequence, progress))


def id_of(log: Log) -> str:
    """Return by what a log is known here."""
    return log.entry if isinstance(log, WaitingLog) else log.summary.decision.id


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else -1
