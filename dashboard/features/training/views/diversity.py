"""Diversity of data: how one-sided they are, as a table and sentences with advice."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.service.reading.diversity import SHIFTS, WEEKDAYS, Aspect
from dashboard.texts import Texts
from dashboard.views.frames import frame
from sparsemix.dataset.label_words import is_normal

ONE_SIDED = 0.8  # share of the most frequent value from which the data count as one-sided
FEW_FAULTY = 20
_SHOWN = 7  # values of an aspect in the table
_NAMED = 4  # missing combinations named in a sentence


def aspects_table(aspects: Sequence[Aspect], t: Texts) -> pd.DataFrame:
    """Return one row an aspect: the most frequent values with their shares, and how many have none."""
    rows = []
    for aspect in aspects:
        shares = [f"{value_name(value, t)} {n / aspect.known:.0%}" for value, n in list(aspect.counts.items())[:_SHOWN]]
        shares += ["…"] if len(aspect.counts) > _SHOWN else []
        rows.append((t.plain(f"diversity.{aspect.name}"), t.plain("unit.join").join(shares), aspect.unknown))
    return frame(rows, "diversity", ("aspect", "largest", "unknown"), t)


def sentences(aspects: Sequence[Aspect], missing: Sequence[tuple[str, str]], t: Texts) -> list[str]:
    """Say what is one-sided and what to do about it; empty when nothing is one-sided."""
    advice: list[str] = []
    for aspect in aspects:
        name, unit = t.plain(f"diversity.{aspect.name}"), t.plain(f"diversity.unit.{aspect.unit}")
        value, share = aspect.largest
        shown = value_name(value, t)
        if aspect.name == "label":
            advice += _labels(aspect, t)
        elif len(aspect.counts) == 1:
            if aspect.name in ("station", "recipe", "shift", "weekday"):
                advice.append(t("diversity.only_one", aspect=name, unit=unit, value=shown))
        elif share >= ONE_SIDED and aspect.name != "level":
            advice.append(t("diversity.one_sided", share=share, unit=unit, aspect=name, value=shown))
        if aspect.name == "shift" and len(aspect.counts) == 2:
            lacks = next(value for value in SHIFTS if value not in aspect.counts)
            advice.append(t("diversity.lacking", aspect=name, values=value_name(lacks, t)))
    if missing:
        some = t.plain("unit.join").join(f"{place} {value_name(when, t)}" for place, when in missing[:_NAMED])
        advice.append(t("diversity.missing", n=len(missing), some=some))
    return advice


def value_name(value: str, t: Texts) -> str:
    """Return a value in the reader's language; values of the data stay as they are."""
    key = f"diversity.value.{value}"
    return t.plain(key) if value in (*SHIFTS, *WEEKDAYS) else value


def _labels(aspect: Aspect, t: Texts) -> list[str]:
    if len(aspect.counts) == 1:
        return [t("diversity.one_label", value=aspect.largest[0])]
    faulty = sum(count for value, count in aspect.counts.items() if not is_normal(value))
    return [t("diversity.few_faulty", n=faulty)] if faulty < FEW_FAULTY else []
