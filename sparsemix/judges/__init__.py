"""Judges: three kinds of weights over one attention. Which one it is, the configuration says when weights are loaded.

| Judge | Learned from | An event's logit |
|---|---|---|
| ``Labelled`` | labels of events or of whole sequences | a fault, beside the evidence of n-grams or columns |
| ``NormalCourse`` | normal data alone | surprise at what followed the event, beside counts or forecasts, and terms of novelty |
| ``AnyLog`` | made-up systems, or a few labelled logs | a fault, by what the file says about itself |

The room has two halves, because the edge runtime has no torch. What a judge is, its settings and all that follows from them,
stands in one module a judge (``labelled``, ``normal_course``, ``any_log``; ``judge`` lists the questions that all answer).
How it judges stands in two more: ``knowledge``, what was learned beside the network, makes of a sequence's events a
``following``, and that turns the network's outputs into logits of the events, pools them, and says which parts they have
(``evidence``, ``next_events``). Nobody else asks which kind of weights these are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from sparsemix.encoding.entities import EntityType
from sparsemix.encoding.scales import Scale
from sparsemix.errors import ConfigError
from sparsemix.judges.any_log import AnyLog
from sparsemix.judges.labelled import Labelled
from sparsemix.judges.normal_course import NormalCourse
from sparsemix.judges.usual_selection import UsualSelection

__all__ = ["TASKS", "AnyLog", "Judges", "Labelled", "NormalCourse", "read", "written"]

TASKS = (Labelled.task, NormalCourse.task)

Judges = Labelled | NormalCourse | AnyLog


def written(judge: Judges) -> dict[str, Any]:
    """Return what the JSON of a configuration says of a judge: what chooses it, and its settings that are not at their default.
    So the identity of weights does not change when a judge gets a new setting."""
    values = asdict(judge)
    return dict(judge.chosen_by) | {
        one.name: values[one.name] for one in fields(judge) if getattr(judge, one.name) != one.default
    }


def read(values: Mapping[str, Any]) -> Judges:
    """Choose the judge, and read its settings. Raises an error that ``SparseMixConfig.from_json`` handles for other settings
    than it has, and for contradictions."""
    settings = _tuples(values)
    task = settings.pop("task", Labelled.task)
    if task not in TASKS:
        raise ConfigError(f"task must be one of {', '.join(TASKS)}, not {task!r}")
    kind = AnyLog if settings.pop("of_file", False) else NormalCourse if task == NormalCourse.task else Labelled
    for name, part in (("scales", Scale), ("entities", EntityType), ("selected", UsualSelection)):
        if name in settings:
            settings[name] = tuple(part(**_tuples(one)) for one in settings[name])
    if "around" in settings:
        settings["around"] = tuple(map(tuple, settings["around"]))
    return kind(**settings)


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
