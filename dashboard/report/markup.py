"""HTML that escapes by itself: whatever is not markup made here is text, and shows as typed.

tag("p", "a < b ", tag("b", "and"), class_="note")
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple


class Html(str):
    """Markup that was made by ``tag`` or by a view that escapes what goes into it; every other string is text."""

    __slots__ = ()


class Column(NamedTuple):
    """A column of a table: its heading, and whether numbers stand in it."""

    heading: str
    number: bool = False


_VOID = frozenset({"meta", "input", "br"})


def tag(name: str, /, *parts: str, **attributes: str | int | float | bool) -> Html:
    """An element. Attributes: a trailing underscore is dropped, others become hyphens; True has no value, False is left out."""
    words = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    return Html(f"<{name}{words}>" if name in _VOID else f"<{name}{words}>{joined(*parts)}</{name}>")


def joined(*parts: str) -> Html:
    """Parts one after the other, text among them escaped."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], class_: str = "") -> Html:
    """A table with a head that is repeated on every page."""
    kinds = ["number" if column.number else "words" for column in columns]
    head = tag("tr", *(tag("th", c.heading, scope="col", class_=kind) for c, kind in zip(columns, kinds, strict=True)))
    body = [tag("tr", *(tag("td", cell, class_=kind) for cell, kind in zip(row, kinds, strict=True))) for row in rows]
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body), class_=class_), class_="wide")


def facts(rows: Iterable[tuple[str, str]], class_: str = "facts") -> Html:
    """A table of names and values."""
    return tag("table", tag("tbody", *(tag("tr", tag("th", n, scope="row"), tag("td", v)) for n, v in rows)), class_=class_)


def section(heading: str, *parts: str, class_: str = "") -> Html:
    """A part of the report under its heading."""
    return tag("section", tag("h2", heading), *parts, class_=class_)


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign, the minus as wide as the plus; what rounds to 0 has none."""
    shown = f"{value:+.{digits}f}"
    return shown[1:] if float(shown) == 0.0 else shown.replace("-", "−")


def number(value: float, digits: int = 2) -> str:
    """A number, with a minus that is as wide as a digit."""
    shown = f"{value:.{digits}f}"
    return (shown.lstrip("-") if float(shown) == 0.0 else shown).replace("-", "−")


def percent(value: float) -> str:
    """A probability or a share; nearly 0 and nearly 1 are told from 0 and 1."""
    shown = f"{value:.1%}"
    return f"{value:.4%}" if shown in ("0.0%", "100.0%") and 0.0 < value < 1.0 else shown


def _attribute(name: str, value: str | int | float | bool) -> str:
    if value is True:
        return f" {name}"
    return "" if value is False or value == "" else f' {name}="{escape(str(value))}"'
