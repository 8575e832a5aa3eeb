"""Causes as tables and words: lines that led to a line, and variables that led to an alarm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from dashboard.texts import Texts
from dashboard.views.apart import apart
from dashboard.views.times import clock, duration
from dashboard.views.verdict import one_line
from sparsemix import TokenSequence
from sparsemix.causes.event_table import EventTable, moment_in
from sparsemix.causes.lines import ExplainedLine, LineCause
from sparsemix.causes.missing_lines import MissingLine
from sparsemix.causes.ranking import Cause, CauseEvidence, UsualStates, as_json, causes, moment_of
from sparsemix.explain.intervention import Pair

# Times of a table from here on are dates in seconds since 1970.
_DATES = 1e8
# Identifiers that a sentence names; the table has all.
_SHARED = 3
# Variables in words; the table has all.
_FIRST = 5

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
    before, after = f"{explained.probability:.1%}", f"{cause.probability:.1%}"
    measure = t.plain("causes.measure", line=explained.line)
    changed = "causes.without_same" if before == after else "causes.without"
    line = t("causes.line", line=cause.line, where=where_words(cause, t))
    return f"{line} {t(changed, measure=measure, before=before, after=after)}"


def left_words(explained: ExplainedLine, reads: int, shown: int, t: Texts) -> str:
    """Say how many other lines the explained one ``reads`` itself, as the log does, how many were tried, and how many of these
    are left besides the first ``shown`` ones."""
    left, telling = len(explained.causes) - shown, len(explained.telling) - shown
    tried = t("causes.tried", line=explained.line, reads=reads, tried=len(explained.causes))
    return tried if left <= 0 else f"{tried} {t('causes.left_telling' if telling > 0 else 'causes.left', n=left)}"


def _address(pair: Pair) -> str:
    return f"{pair.layer}-{pair.head}-{pair.query}-{pair.key}"


def line_table(explained: ExplainedLine, sequence: TokenSequence, t: Texts) -> pd.DataFrame:
    """Return a row a cause as a page shows it: ``key_line``, ``lines`` and ``seconds`` away, ``effect`` (logits), the
    probability ``without`` it (percent), ``key_text``, ``shared``, ``weight``, ``by_way_of`` and ``certified``."""
    rows = [
        {
            "key_line": cause.line,
            "lines": cause.lines,
            "seconds": cause.seconds,
            # Rounded as it is shown, and without the sign of -0.0.
            "effect": round(cause.effect, 3) + 0.0,
            "without": 100.0 * cause.probability,
            "key_text": one_line(sequence.events[cause.event].message),
            "shared": t.plain("unit.join").join(cause.shared),
            "weight": cause.weight,
            "by_way_of": cause.by_way_of,
            "certified": cause.certified,
        }
        for cause in explained.causes
    ]
    # With missing values plain whole numbers would turn into 1527.0.
    return pd.DataFrame(rows).astype({"lines": "Int64", "by_way_of": "Int64", "seconds": "Float64"})


def line_fields(explained: ExplainedLine) -> pd.DataFrame:
    """Return a row a cause with the fields of ``causes --json`` and the ``explained`` line; ``shared`` and ``pairs`` are
    texts."""
    rows = [
        {
            "explained": explained.line,
            **asdict(cause),
            "shared": " ".join(cause.shared),
            "pairs": " ".join(_address(pair) for pair in cause.pairs),
        }
        for cause in explained.causes
    ]
    return pd.DataFrame(rows).astype({"lines": "Int64", "by_way_of": "Int64"})


@dataclass(frozen=True, slots=True)
class VariableRanking:
    """Variables ranked at a moment, as a page shows them: which alarms are ``active`` then, the ``first`` variables in words,
    a ``table`` of all, the ``fields`` of its file, and the ``payload`` that ``causes --json`` prints."""

    active: str
    first: list[str]
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
        [_variable(place, cause, usual.runs, t) for place, cause in enumerate(ranked[:_FIRST], 1)],
        variable_table(ranked, usual.runs, t),
        variable_fields(ranked),
        as_json(table, usual, moment, ranked),
    )


def _variable(place: int, cause: Cause, runs: int, t: Texts) -> str:
    """Return a variable with its most surprising evidence."""
    evidence = evidence_words(cause.evidence[0], runs, t) if cause.evidence else t("variables.usual")
    return f"{variable_words(place, cause, t)} {evidence}"


def variable_words(place: int, cause: Cause, t: Texts) -> str:
    """Name a variable with its state, for how long it has had it, and its score."""
    return t(
        "variables.cause",
        place=place,
        variable=cause.variable,
        value=cause.value,
        time=duration(cause.since, t),
        line=cause.line,
        score=f"{cause.score:.1f}",
    )


def evidence_words(evidence: CauseEvidence, runs: int, t: Texts) -> str:
    """Say in how many of the normal ``runs`` two states last together so long."""
    return t(
        "variables.evidence",
        runs=evidence.runs,
        all=runs,
        time=duration(evidence.seconds, t),
        other=evidence.other,
        value=evidence.value,
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
