"""Trainings and registered weights: the loss as it falls, figures on held-out data, all weights as a table, and the card of
one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from audit import RegisteredWeights, WeightsInUse, lineage
from dashboard.features.training.views import feedback
from dashboard.service.training.training import Point
from dashboard.texts import Texts
from dashboard.views.frames import frame
from dashboard.views.verdict import moment, person
from dashboard.views.wording import short_hash, weights_name

SOFT, SPARSE = "#808080", "#2a7f8e"
LEAST_OF_A_CLASS = 20
"""Held-out sequences of a class below which figures say little."""
FIGURES = ("auc", "average_precision", "f1", "false_alarms", "unfamiliar")


def curve(points: Sequence[Point], t: Texts) -> go.Figure:
    """Return the moving loss over the steps; the part that is learned with soft attention is dashed."""
    figure = go.Figure()
    first_sparse = next((place for place, point in enumerate(points) if point.sparse), len(points))
    for name, part, color, dash in (
        # The parts share a point: otherwise the line would have a gap.
        ("soft", points[: first_sparse + 1], SOFT, "dash"),
        ("sparse", points[first_sparse:], SPARSE, "solid"),
    ):
        if name == "soft" and not first_sparse:
            continue  # learning from reviews is sparse from the beginning
        figure.add_scatter(
            x=[point.step for point in part],
            y=[point.loss for point in part],
            mode="lines",
            name=t.plain(f"training.{name}"),
            line={"color": color, "dash": dash, "width": 2},
        )
    figure.update_layout(
        height=260,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis_title=t.plain("training.step"),
        yaxis_title=t.plain("training.loss"),
        legend={"orientation": "h", "y": 1.1},
        uirevision="loss",
    )
    return figure


def figures(card: Mapping[str, Any], t: Texts) -> pd.DataFrame:
    """Return the figures of a card: one row for the new weights and one for those in use, of sequences and of single events."""
    rows = []
    for who in ("figures", "rival"):
        measured = card.get(who)
        for what in ("sequences", "events"):
            if isinstance(measured, Mapping) and isinstance(scores := measured.get(what), Mapping):
                name = t.plain(f"training.{who}") + (f" · {t.plain('training.of_events')}" if what == "events" else "")
                # Without a faulty sequence, F1 says nothing and would be 1.
                shown_scores = scores if scores.get("faulty") else {**scores, "f1": None}
                rows.append(
                    (name, *(_value(shown_scores.get(figure)) for figure in FIGURES[:-1]), _value(measured.get(FIGURES[-1])))
                )
    return pd.DataFrame(rows, columns=[t.plain("word.weights"), *(t.plain(f"training.{figure}") for figure in FIGURES)])


def held_out(card: Mapping[str, Any], t: Texts) -> str:
    """Say on what the figures were measured, and how far they go."""
    scores = _scores(card)
    if not scores:
        return t("training.no_figures")
    total, faulty = int(scores["total"]), int(scores["faulty"])
    sentences = [t("training.measured", total=total, faulty=faulty)]
    if card.get("task") == "novelty" and faulty:
        sentences.append(t("training.measured_novelty"))
    rival = card.get("rival")
    if isinstance(rival, Mapping) and (_value(rival.get("unfamiliar")) or 0.0) > 0.5:
        sentences.append(t("training.rival_unfamiliar"))
    if min(faulty, total - faulty) < LEAST_OF_A_CLASS:
        sentences.append(t("training.few" if faulty else "training.no_faulty"))
    return " ".join(sentences)


def vouched(card: Mapping[str, Any], t: Texts) -> str | None:
    """Say which false-alarm rate the normal data can support, beside the one that was asked for."""
    smallest, plan = card.get("smallest_false_alarm_rate"), card.get("plan")
    if card.get("task") != "novelty" or not isinstance(smallest, int | float) or not isinstance(plan, Mapping):
        return None
    requested = float(plan.get("false_alarms", 0.0))
    key = "training.vouched" if smallest <= requested else "training.not_vouched"
    return t(key, smallest=float(smallest), asked=requested, needed=max(1, math.ceil(2 / requested) - 1) if requested else 0)


def matched(card: Mapping[str, Any], t: Texts) -> str | None:
    """Say by which identifiers events are matched, and how far training looked, or that they are not matched although labels
    name single events; None where the card says neither."""
    span, config, why, plan = (card.get(name) for name in ("span", "config", "not_matched", "plan"))
    if why and isinstance(plan, Mapping):
        return t("training.not_matched", longest=int(plan.get("longest", 0)))
    types = config.get("entities") if isinstance(config, Mapping) else None
    if not isinstance(span, int) or not span or not isinstance(types, list):
        return None
    return t("training.matched", span=span, names=", ".join(str(kind["places"][0]).strip() for kind in types))


def task_word(card: Mapping[str, Any], t: Texts) -> str:
    """Return what weights learned, as a word; a dash where the card does not say."""
    key = f"training.task_{card.get('task')}"
    return t.plain(key) if t.has(key) else "–"


def _value(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _scores(card: Mapping[str, Any]) -> Mapping[str, Any]:
    measured = card.get("figures")
    scores = measured.get("sequences") if isinstance(measured, Mapping) else None
    return scores if isinstance(scores, Mapping) else {}


def table(registered: Sequence[RegisteredWeights], used: str | None, names: Mapping[str, str], t: Texts) -> pd.DataFrame:
    """Return one row for each registered weights, the newest first."""
    rows = [
        (
            weights.name,
            t.plain(f"model.{state(weights, used)}"),
            task_word(weights.card, t),
            t.plain("feedback.data") if feedback.from_reviews(weights.card) else str(weights.card.get("data", "–")),
            "–" if weights.started_from is None else weights_name(weights.started_from, registered, t),
            moment(weights.at),
            person(names.get(weights.by, weights.by), t),
            short_hash(weights.sha256),
        )
        for weights in reversed(registered)
    ]
    return frame(rows, "model", ("name", "state", "task", "data", "started_from", "time", "by", "hash"), t)


def used_before(uses: Sequence[WeightsInUse], registered: Sequence[RegisteredWeights]) -> RegisteredWeights | None:
    """Return the registered weights that were in use before the present ones; None where those were the program's own, or
    may no longer be used."""
    now = uses[-1].sha256 if uses else None
    before = next((use.sha256 for use in reversed(uses) if use.sha256 != now), None)
    return next((weights for weights in registered if weights.sha256 == before and not weights.retired), None)


def state(weights: RegisteredWeights, used: str | None) -> str:
    """Return whether the weights are in use, retired, or kept."""
    return "in_use" if weights.sha256 == used else "retired" if weights.retired else "kept"


def line(weights: RegisteredWeights, registered: Sequence[RegisteredWeights], t: Texts) -> list[str]:
    """Return the weights and all that they started from, each with its hash, the newest first."""
    return [f"{weights_name(sha256, registered, t)} ({short_hash(sha256)})" for sha256 in lineage(registered, weights.sha256)]


def facts(weights: RegisteredWeights, t: Texts) -> pd.DataFrame:
    """Return the card in rows of a name and a value; long values stay in the card's file."""
    rows = [("sha256", weights.sha256)]
    for name in ("task", "data", "data_sha256", "sequences", "events", "trained_on", "held_out", "steps", "code_revision"):
        if name in weights.card and not isinstance(weights.card[name], Mapping):
            rows.append((name, task_word(weights.card, t) if name == "task" else str(weights.card[name])))
    for name in ("smallest_false_alarm_rate", "sequence_threshold", "event_threshold"):
        if isinstance(value := weights.card.get(name), int | float):
            rows.append((name, f"{value:.4f}"))
    rows += feedback.facts(weights.card, t)
    table = pd.DataFrame([(t.heading("card", name), value) for name, value in rows])
    return table.set_axis([t.plain("word.what"), t.plain("word.value")], axis=1)


def card_file(weights: RegisteredWeights) -> bytes:
    """Return the card as the shell writes it beside weights."""
    content: dict[str, Any] = {**weights.card, "weights_sha256": weights.sha256, "started_from": weights.started_from}
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
