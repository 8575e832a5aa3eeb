"""Causes as tables and words: lines that led to a line, and variables that led to an alarm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from dashboard.texts import Texts
from dashboard.views.apart import apart
from dashboard.views.explanation import signed
from dashboard.views.times import clock, duration
from dashboard.views.verdict import one_line
from dashboard.views.wording import percent
from sparsemix.causes.event_table import EventTable, moment_in
from sparsemix.causes.lines import ExplainedLine, LineCause
from sparsemix.causes.missing_lines import MissingLine
from sparsemix.causes.ranking import Cause, as_json, causes, moment_of, not_compared
from sparsemix.causes.usual_states import UsualStates

# Times of a table from here on are dates in seconds since 1970.
_DATES = 1e8
# Identifiers that a sentence names.
_SHARED = 3

Spell = tuple[float, float, str]
"""From when until when an alarm was active, and its name."""


def where_words(cause: LineCause, t: Texts) -> str:
    """Say where a cause stands: how far away in lines and time, what both lines share, and through which line it was read."""
    parts = [apart(cause.lines, cause.seconds, t)]
    if cause.shared:
        parts.append(t.plain("causes.same", words=t.plain("unit.join").join(cause.shared[:_SHARED])))
    if cause.by_way_of is not None:
        parts.append(t.plain("causes.way", line=cause.by_way_of))
    return t.plain("unit.join").join(parts)


def missing_words(missing: MissingLine, t: Texts) -> str:
    """Say which kind of line was expected, on which side, in how many other groups it is, whose group lacks it, and where an
    example stands."""
    words = t(
        f"causes.missing_{missing.side}",
        groups_with=missing.groups_with,
        groups=missing.groups,
        away=apart(missing.lines if missing.side == "before" else -missing.lines, None, t),
        template=one_line(missing.template),
        line=missing.line,
    )
    return words if missing.identifier is None else f"{words} {t('causes.missing_of', identifier=missing.identifier)}"


def cause_words(explained: ExplainedLine, cause: LineCause, t: Texts) -> str:
    """Say which line a cause is, where it stands, and what the decision on the explained line would be without it."""
    before, after = percent(explained.probability), percent(cause.probability)
    measure = t.plain("causes.measure", line=explained.line)
    changed = "causes.without_same" if before == after else "causes.without"
    line = t("causes.line", line=cause.line, where=where_words(cause, t), effect=signed(cause.effect))
    return f"{line} {t(changed, measure=measure, before=before, after=after)}"


@dataclass(frozen=True, slots=True)
class VariableRanking:
    """Variables ranked at a moment, as a page shows them: which alarms are ``active`` then, what the ``score`` says and does
    not, a ``table``, the ``fields`` of its file, and the ``payload`` that ``causes --json`` prints."""

    active: str
    score: str
    table: pd.DataFrame
    fields: pd.DataFrame
    payload: dict[str, object]


def variable_ranking(table: EventTable, usual: UsualStates, moment: float, t: Texts, *, names: bool) -> VariableRanking:
    """Rank the variables of an event table at a moment; ``names``: as in `causes`."""
    ranked = causes(table, usual, moment, names=names)
    alarms = [t.plain("variables.since", alarm=alarm, time=moment_words(since, t)) for since, alarm in table.active(moment)]
    said = t.plain("unit.join").join(alarms) or t.plain("variables.no_alarm")
    return VariableRanking(
        t("variables.active", time=moment_words(moment, t), alarms=said),
        t("variables.score", names=t.plain("unit.join").join(not_compared(table, usual, ranked)) or "–"),
        variable_table(ranked, usual.runs, t),
        variable_fields(ranked),
        as_json(table, usual, moment, ranked),
    )


def variable_table(ranked: Sequence[Cause], runs: int, t: Texts) -> pd.DataFrame:
    """Return a row a variable as a page shows it, with its most surprising piece of evidence."""
    rows = []
    for cause in ranked:
        first = cause.evidence[0] if cause.evidence else None
        rows.append(
            {
                "variable": cause.variable,
                "value": cause.value,
                "score": cause.score,
                "since": cause.since,
                "line": cause.line,
                "alike": cause.alike,
                "evidence": "" if first is None else f"{first.other} = {first.value} ({duration(first.seconds, t)})",
                "runs": "" if first is None else f"{first.runs:,} / {runs:,}",
            }
        )
    return pd.DataFrame(rows, columns=["variable", "value", "score", "since", "line", "alike", "evidence", "runs"])


def variable_fields(ranked: Sequence[Cause]) -> pd.DataFrame:
    """Return a row a piece of evidence with the fields of ``causes --json``; those of the evidence begin with its name."""
    rows = []
    for cause in ranked:
        own = {name: value for name, value in asdict(cause).items() if name != "evidence"}
        for evidence in cause.evidence or (None,):
            rows.append(own | {f"evidence.{name}": value for name, value in (asdict(evidence) if evidence else {}).items()})
    return pd.DataFrame(rows)


def offered_alarms(table: EventTable) -> list[Spell]:
    """Return when alarms were active: those that still are first, the latest before earlier ones, so that the first is the one
    that ``causes`` explains by default."""
    return sorted(table.spells(), key=lambda spell: (math.isinf(spell[1]), spell[0], spell[2]), reverse=True)


def alarm_words(spell: Spell | str, t: Texts) -> str:
    """Name an alarm with its times; a text that was typed stays as it is."""
    if isinstance(spell, str):
        return spell
    since, until, alarm = spell
    if math.isinf(until):
        return t.plain("variables.moment_active", alarm=alarm, time=moment_words(since, t))
    return t.plain("variables.moment_over", alarm=alarm, time=moment_words(since, t), until=moment_words(until, t))


def chosen_moment(table: EventTable, chosen: Spell | str) -> float | None:
    """Return the moment that an alarm or a typed time stands for; None for a text that is no time, or one of which the table
    says nothing."""
    if not isinstance(chosen, str):
        return moment_of(table, chosen[0])
    moment = moment_in(chosen)
    return moment if moment is not None and table.knows(moment) else None


def moment_words(moment: float, t: Texts) -> str:
    """Return a time of an event table: its seconds, or a date where it is one."""
    return clock(moment) if abs(moment) >= _DATES else t.plain("unit.second", n=f"{moment:.3f}".rstrip("0").rstrip("."))
