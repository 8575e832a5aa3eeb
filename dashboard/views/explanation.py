"""Explanations as tables and words: pair effects, methods with their scores, the parts of a pair, the agreement."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from dashboard.service.common.decision_details import typed
from dashboard.service.decide.explanation import scored_parts
from dashboard.texts import Texts
from dashboard.views.verdict import one_line
from dashboard.views.wording import percent
from sparsemix import TokenSequence
from sparsemix.explain.effects import PairEffect
from sparsemix.explain.explanation import Explanation, MethodAgreement
from sparsemix.explain.faithfulness import CONTROLS
from sparsemix.explain.pair_logit import Alternative, LogitPart

# The encoder has six bins for each tenfold of the magnitude (``sparsemix.encoding.encoder``).
_BINS_PER_DECADE = 6
_SAME = {
    "same session": "statistic.same.session",
    "same kind": "statistic.same.kind",
    "same session 2": "statistic.same.second",
    "same state": "statistic.same.state",
}
"""What lines can have in common that are judged by their file -> the text that says so."""
_PLAIN_KINDS = ("w", "k", "n", "u", "g", "id")


def effect_table(sequence: TokenSequence, effects: Sequence[PairEffect]) -> pd.DataFrame:
    """Return a row a pair, in the given order: ``query_line``, ``key_line``, ``effect``, ``direct`` (logits), ``probability``
    (percentage points), ``weight`` (of all its heads together), ``heads`` and both texts."""
    return pd.DataFrame(
        [
            {
                "query_line": sequence.events[pair.edge.query].line,
                "key_line": sequence.events[pair.edge.key].line,
                "effect": pair.effect.effect,
                "direct": pair.effect.direct,
                # Rounded as it is shown, and without the sign of -0.0.
                "probability": round(100.0 * pair.effect.probability, 1) + 0.0,
                "weight": pair.edge.weight,
                "heads": ", ".join(f"{place.layer + 1}.{place.head + 1}" for place in pair.edge.pairs),
                "key_text": one_line(sequence.events[pair.edge.key].message),
                "query_text": one_line(sequence.events[pair.edge.query].message),
            }
            for pair in effects
        ],
        columns=["query_line", "key_line", "effect", "direct", "probability", "weight", "heads", "key_text", "query_text"],
    )


def score_table(explanation: Explanation, sequence: TokenSequence, t: Texts) -> pd.DataFrame:
    """Return a row a method, then a row a control: ``name``, ``first_line``, in how many of the four scores a method ``beats``
    all controls, ``delta`` (percent), and the scores in logits and areas."""
    beats = {part.attribution.method: part.beats for part in scored_parts(explanation)}
    rows = []
    for name, score in explanation.scores.items():
        attribution = explanation.attributions.get(name)
        ranking = [] if attribution is None else attribution.ranking().tolist()
        delta = None if attribution is None else attribution.relative_delta
        rows.append(
            {
                "name": method_name(name, t),
                "first_line": sequence.events[ranking[0]].line if ranking else None,
                "beats": t.plain("report.beats_n", n=beats[name], of=4) if name in beats else "",
                "delta": None if delta is None else 100.0 * delta,
                "comprehensiveness": score.comprehensiveness_logit,
                "sufficiency": score.sufficiency_logit,
                "deletion": score.deletion,
                "insertion": score.insertion,
            }
        )
    return pd.DataFrame(rows).astype({"first_line": "Int64"})


def signed(value: float) -> str:
    """Format logits with their sign, as in texts."""
    return f"{value:+.2f}".replace("-", "−")


def method_name(name: str, t: Texts) -> str:
    """Return the name of a method or a control in words."""
    return t.plain(f"explain.control.{name}" if name in CONTROLS else f"explain.method.{name}")


def agreement_words(views: MethodAgreement, line_of: Callable[[int], int], t: Texts) -> str:
    """Describe the agreement in a sentence for reviewers, with lines in place of events."""
    target = line_of(views.target)
    first = line_of(views.top_effect[0]) if views.top_effect else target
    return _sentence(views.verdict, target, first, (views.probability, views.probability_without), views.substitute, t)


def recorded_agreement(details: Mapping[str, object], t: Texts) -> str | None:
    """Describe the agreement that is recorded with a decision; None where none is."""
    facts = typed(details).agreement
    if not t.has(f"explain.agreement.{facts.get('verdict')}"):
        return None
    line, target = int(facts.get("top_line", 0)), int(facts.get("line", 0))
    probabilities = facts.get("probability"), facts.get("probability_without")
    words = _sentence(str(facts["verdict"]), target, line, probabilities, bool(facts.get("substitute")), t)
    return words + _others(facts, t)


def _others(facts: Mapping[str, object], t: Texts) -> str:
    """Name the explained lines, where there are several, and those whose explanations disagree."""
    checked, disagreeing = facts.get("checked"), facts.get("disagreeing")
    if not isinstance(checked, list) or not isinstance(disagreeing, list) or len(checked) < 2:
        return ""

    def lines(numbers: Sequence[object]) -> str:
        return t.plain("unit.join").join(str(number) for number in numbers)

    words = t("explain.agreement.checked", lines=lines(checked))
    return words + t("explain.agreement.disagreeing", lines=lines(disagreeing)) if disagreeing else words


def _sentence(
    verdict: str,
    target: int,
    line: int,
    probabilities: tuple[float | None, float | None],
    substitute: bool,
    t: Texts,
) -> str:
    words = t(f"explain.agreement.{verdict}", target=target, line=line)
    before, after = (None if value is None else percent(value) for value in probabilities)
    if verdict != "alone" and before is not None and after is not None:
        key = "without_same" if before == after else "without"
        words += t(f"explain.agreement.{key}", target=target, before=before, after=after)
    return words + t("explain.agreement.substitute") if substitute else words


def part_table(parts: Iterable[LogitPart], sequence: TokenSequence, t: Texts, most: int = 8) -> pd.DataFrame:
    """Return the ``most`` largest parts of a pair's content: ``part`` in words, ``value`` in logits; the others together
    last."""
    ordered = list(parts)
    rows = [(part_words(part, sequence, t), part.value) for part in ordered[:most]]
    rest = sum(part.value for part in ordered[most:])
    if len(ordered) > most:
        rows.append((t.plain("explain.part.rest", count=len(ordered) - most), rest))
    return pd.DataFrame(rows, columns=["part", "value"])


def part_words(part: LogitPart, sequence: TokenSequence, t: Texts) -> str:
    """Describe a part of a pair's content."""
    layer = 0 if part.layer is None else part.layer + 1
    if part.kind == "feature":
        return feature_words(part.name, t)
    if part.kind == "read" and part.event is not None:
        return t.plain("explain.part.read", line=sequence.events[part.event].line, layer=layer)
    return t.plain(f"explain.part.{'anchor' if part.kind == 'anchor' else 'feed_forward'}", layer=layer)


def feature_words(name: str, t: Texts) -> str:
    """Describe a feature of the encoder: ``w:pressure`` is the word pressure."""
    kind, sep, rest = name.partition(":")
    if kind in _PLAIN_KINDS and rest:
        return t.plain(f"explain.feature.{kind}", text=rest)
    if kind in ("t1", "t2", "t3"):
        return t.plain(f"explain.feature.{kind}")
    if kind[:1] == "b" and kind[1:].isdecimal() and rest:
        return t.plain("explain.feature.before", back=int(kind[1:]), what=feature_words(rest, t))
    if kind == "kv":
        return t.plain("explain.feature.kv", text=rest)
    if kind in ("m", "dt"):
        key, _, bin = rest.rpartition(":") if kind == "m" else ("", "", rest)
        return t.plain(f"explain.feature.{kind}", key=key, size=_size(bin))
    return t.plain("explain.feature.empty") if sep or name == "empty" else statistic_words(name, t)


def statistic_words(name: str, t: Texts) -> str:
    """Describe what is read of a line that is judged by its file: ``order.after_previous``, or ``same session``."""
    if name.startswith("rank."):
        return t.plain("statistic.rank", text=statistic_words(name.removeprefix("rank."), t))
    if name in _SAME:
        return t.plain(_SAME[name])
    group, _, own = name.partition(".")
    number, _, own = own.rpartition(".")
    if own.startswith("own_"):
        return t.plain("statistic.own", text=statistic_words(f"{group}.{own.removeprefix('own_')}", t))
    key = f"statistic.{group}.{own}"
    words = t.plain(key) if t.has(key) else t.plain("statistic.other", text=name)
    return t.plain("statistic.second", text=words) if number == "2" else words


def _size(bin: str) -> str:
    """Return the magnitude of a bin."""
    try:
        if not bin or bin[0] not in "+-":
            return f"{float(bin):g}"
        return f"{'-' if bin[0] == '-' else ''}{10 ** (int(bin[1:]) / _BINS_PER_DECADE):.2g}"
    except (ValueError, OverflowError):
        return bin


def alternative_table(alternatives: Iterable[Alternative], sequence: TokenSequence, query: int) -> pd.DataFrame:
    """Return other keys of a query: ``key_line``, ``key_text``, ``logit``, ``margin``, ``distance`` (events, above 0:
    earlier)."""
    return pd.DataFrame(
        [
            {
                "key_line": sequence.events[alternative.key].line,
                "key_text": one_line(sequence.events[alternative.key].message),
                "margin": alternative.margin if math.isfinite(alternative.margin) else None,
                "logit": alternative.logit,
                "distance": query - alternative.key,
            }
            for alternative in alternatives
        ],
        columns=["key_line", "key_text", "margin", "logit", "distance"],
    )
