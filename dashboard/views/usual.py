"""Usually selected kinds of pairs as tables: shares in percent of a decision's selected weight."""

from __future__ import annotations

import unicodedata

import pandas as pd

from dashboard.service.decide.usual_comparison import FACTOR, MIN_OTHERS, Differences, How
from dashboard.service.decide.usual_pairs import Usual
from dashboard.texts import Texts

# Blue and orange differ in every kind of colour blindness and stand out from a bright and from a dark page; the shapes of the
# marks differ as well.
NORMAL, FAULTY = "#3182bd", "#e69f00"
_LEAST = 64  # pixels: the least width of a column of numbers
_NARROW, _WIDE, _AROUND = 7, 14, 22  # pixels of a Latin and of a Japanese character in a header, and of the space around them


def basis(usual: Usual, t: Texts) -> str:
    """Say how many decisions the numbers rest on, how many were left out, and why."""
    faulty = int(usual.faulty.sum())
    words = t("usual.basis", n=len(usual.ids), faulty=faulty, normal=len(usual.ids) - faulty)
    out = usual.candidates.left + usual.gone
    words += f" {t('usual.left', n=out)}" if out else ""
    return words + (f" {t('usual.cut', n=usual.cut)}" if usual.cut else "")


def sentence(differences: Differences, t: Texts) -> str:
    """Describe how a decision differs, in plain words."""
    new = differences.count(How.NEW)
    words = [t("usual.new", n=new, others=differences.others, share=differences.new_share)]
    if differences.others >= MIN_OTHERS:
        words.append(t("usual.more_less", more=differences.count(How.MORE), less=differences.count(How.LESS)))
    return " ".join(words)


def measure(differences: Differences, t: Texts) -> str:
    """Explain what new, more and less mean, and how often an ordinary decision has them."""
    ordinary = {how.value: f"{differences.ordinary[how]:g}" for how in How}
    if differences.others < MIN_OTHERS:
        return " ".join([t("usual.measure.new", **ordinary), t("usual.measure.few", least=MIN_OTHERS)])
    return " ".join([t("usual.measure.all", **ordinary), t("usual.measure.rank", factor=f"{FACTOR:g}")])


def in_percent(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with shares, and differences of shares, in percent (points)."""
    shares = [name for name in ("share", "usual", "normal", "faulty", "difference") if name in table.columns]
    return table.assign(**{name: 100 * table[name] for name in shares})


def differences_table(table: pd.DataFrame, t: Texts) -> pd.DataFrame:
    """Return a table of ``differs`` for people: shares in percent, the kind of difference in words."""
    return in_percent(table).assign(how=[t.plain(f"usual.how.{how}") for how in table["how"]])


def header_width(label: str) -> int:
    """Return the width that a column needs for its header, in pixels: headers do not wrap, and longer ones are cut."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in label)
    return max(_LEAST, _AROUND + _WIDE * wide + _NARROW * (len(label) - wide))
