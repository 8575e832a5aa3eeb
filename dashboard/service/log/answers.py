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
from dashboard.service.log.find import BadSearch, found
from dashboard.service.log.index import LogIndex
from dashboard.service.log.line import line_with_pairs
from dashboard.service.log.routes import Refused
from sparsemix import Rerun, WeightsError
from sparsemix.errors import ConfigError, ExplanationError
from sparsemix.model.model import Progress

_KEPT_EVENTS = 2_000_000
RunAgain = Callable[[LoadedDecision], Rerun]
"""Returns the run of a decision for interventions. Raises `WeightsError`."""
Attributed = Callable[[Rerun, str, int, str, Progress], ScoredAttribution]
"""Returns the attribution of an event of a decision by a method; what it reports its progress to may raise to stop it."""


class Answers:
    """Answers about decisions. ``again``: runs one again; ``attributed``: attributes an event's score."""

    def __init__(self, again: RunAgain, attributed: Attributed) -> None:
        self._again, self._attributed = again, attributed
        self._indexes: ResultCache[str, LogIndex] = ResultCache(_KEPT_EVENTS, lambda index: index.size)

    def of(
        self, loaded: LoadedDecision, what: str, number: int, asked: Mapping[str, str], progress: Progress
    ) -> bytes | Mapping[str, object]:
        """Return what is asked, as in `routes.Opening.answer`. Raises `Refused`."""
        try:
            return self._of(loaded, what, number, asked, progress)
        except BadSearch as error:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, error.code, str(error)) from error
        except (IndexError, ExplanationError, ConfigError) as error:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "bad", str(error)) from error
        except WeightsError as error:
            raise Refused(HTTPStatus.CONFLICT, "no_weights", str(error)) from error

    def _of(
        self, loaded: LoadedDecision, what: str, number: int, asked: Mapping[str, str], progress: Progress
    ) -> bytes | Mapping[str, object]:
        given: Mapping[str, Callable[[], bytes | Mapping[str, object]]] = {
            "text": lambda: text_block(loaded, self._index(loaded), number),
            "overview": lambda: overview(loaded, self._index(loaded)),
            "flagged": lambda: {"flagged": self._flagged(loaded)},
            "line": lambda: line_with_pairs(loaded, self._index(loaded), number),
            "find": lambda: found(loaded, self._index(loaded), asked).astype("<u4").tobytes(),
            "why": lambda: pair_changes(self._again(loaded), number),
            "without": lambda: verdict_without(
                self._again(loaded), *(_whole(asked.get(name, "")) for name in ("event", "key"))
            ),
            "overlay": lambda: coloured(
                self._attributed(self._again(loaded), loaded.summary.decision.id, number, asked.get("method", ""), progress)
            ),
        }
        if what not in given:
            raise Refused(HTTPStatus.NOT_FOUND, "bad", "there is nothing under this address")
        return given[what]()

    def _flagged(self, loaded: LoadedDecision) -> list[Any]:
        """Return all flagged events with their probabilities: the record lists the first, the others come from the run again,
        unless people named lines of their kinds fine."""
        details = details_of(loaded.summary.decision)
        if len(details.flagged) >= details.flagged_count or details.fine.get("left_out"):
            return [[event, probability] for event, _, probability in details.flagged]
        again = self._again(loaded).run.decision
        return [[event, float(again.event_probability[event])] for event in again.flagged.tolist()]

    def _index(self, loaded: LoadedDecision) -> LogIndex:
        return self._indexes.get_or_make(loaded.summary.decision.id, lambda: LogIndex.of(loaded))


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else -1
