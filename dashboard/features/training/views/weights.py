"""Registered weights as tables and words: all of them, the card of one, and what it started from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from audit import InUse, RegisteredWeights, lineage
from dashboard.features.training.views import feedback
from dashboard.features.training.views.training import task_word
from dashboard.texts import Texts
from dashboard.views.verdict import moment, person
from dashboard.views.weights_name import name_of, short


def table(known: Sequence[RegisteredWeights], used: str | None, names: Mapping[str, str], t: Texts) -> pd.DataFrame:
    """One row each, the newest first."""
    rows = [
        (
            one.name,
            t.plain(f"model.{state(one, used)}"),
            task_word(one.card, t),
            t.plain("feedback.data") if feedback.from_reviews(one.card) else str(one.card.get("data", "–")),
            "–" if one.started_from is None else name_of(one.started_from, known, t),
            moment(one.at),
            person(names.get(one.by, one.by), t),
            short(one.sha256),
        )
        for one in reversed(known)
    ]
    columns = ("name", "state", "task", "data", "started_from", "at", "by", "hash")
    return pd.DataFrame(rows, columns=[t.plain(f"model.{name}") for name in columns])


def used_before(uses: Sequence[InUse], known: Sequence[RegisteredWeights]) -> RegisteredWeights | None:
    """The registered weights that were in use before those that are now; None where those were the program's own, or may not
    be used any more."""
    now = uses[-1].sha256 if uses else None
    before = next((use.sha256 for use in reversed(uses) if use.sha256 != now), None)
    return next((one for one in known if one.sha256 == before and not one.retired), None)


def state(one: RegisteredWeights, used: str | None) -> str:
    """In use, retired, or kept."""
    return "in_use" if one.sha256 == used else "retired" if one.retired else "kept"


def line(one: RegisteredWeights, known: Sequence[RegisteredWeights], t: Texts) -> list[str]:
    """The weights and all that they started from, each with its hash, the newest first."""
    return [f"{name_of(sha256, known, t)} ({short(sha256)})" for sha256 in lineage(known, one.sha256)]


def facts(one: RegisteredWeights, t: Texts) -> pd.DataFrame:
    """The card in rows of a name and a value; what is long stays in the card's file."""
    rows = [("sha256", one.sha256)]
    for name in ("task", "data", "data_sha256", "sequences", "events", "trained_on", "held_out", "steps", "code_revision"):
        if name in one.card and not isinstance(one.card[name], Mapping):
            rows.append((name, task_word(one.card, t) if name == "task" else str(one.card[name])))
    for name in ("smallest_false_alarm_rate", "sequence_threshold", "event_threshold"):
        if isinstance(value := one.card.get(name), int | float):
            rows.append((name, f"{value:.4f}"))
    rows += feedback.facts(one.card, t)
    table = pd.DataFrame([(t.plain(f"card.{name}"), value) for name, value in rows])
    return table.set_axis([t.plain("card.name"), t.plain("card.value")], axis=1)


def card_file(one: RegisteredWeights) -> bytes:
    """The card as the shell writes it beside weights."""
    told: dict[str, Any] = {**one.card, "weights_sha256": one.sha256, "started_from": one.started_from}
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()
