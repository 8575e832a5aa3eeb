"""HTML elements that escape their text, and the page of a report: both languages, a switch without a script, a style for A4.

tag("p", "a < b ", tag("b", "and"), class_="note")

Every string that is not `Html` is text and is shown as typed. The page loads nothing: its own policy forbids it, and
every script but the one that draws the log, by its hash. The language that is not chosen is neither shown nor printed.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import NamedTuple

from dashboard.log.source import file_module
from dashboard.texts import LANGUAGES

_VOID = frozenset({"meta", "input", "br"})
_DATA = {"type": "application/json", "id": "log-data"}
POLICY = "default-src 'none'; script-src '{script}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# Characters that a browser drops or replaces are shown as Unicode's pictures of them.
_SEEN = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421}
_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1d2730, #e3e8eb); --paper: light-dark(#ffffff, #14191d);
  --soft: light-dark(#f4f6f7, #1e252a); --quiet: light-dark(#55636e, #a4b0b8); --line: light-dark(#d5dce0, #3a454d);
  --accent: light-dark(#1f6f78, #4fb3bd);
  --st-font: "Source Sans 3", "Segoe UI", "Hiragino Sans", "Yu Gothic UI", "Noto Sans CJK JP", "Noto Sans JP", sans-serif; }
* { box-sizing: border-box; }
html { font-size: 15px; }
body { margin: 0 auto; padding: 24px 28px 64px; max-width: 1000px; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 var(--st-font); }
h1 { font-size: 1.7rem; font-weight: 600; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; font-weight: 600; margin: 0 0 8px; padding-top: 10px; border-top: 2px solid var(--accent); }
h3 { font-size: 1rem; font-weight: 600; margin: 18px 0 6px; }
p { margin: 0 0 10px; max-width: 100ch; }
section { margin-top: 30px; }
.kicker { margin: 18px 0 0; color: var(--accent); font-weight: 600; }
.quiet, .note { color: var(--quiet); }
.note { font-size: 0.87rem; }
.headline { font-size: 1.25rem; font-weight: 600; margin-bottom: 6px; }
.state { display: inline-block; border: 1.5px solid currentColor; border-radius: 4px; padding: 0 8px; margin-right: 8px;
  font-weight: 600; }
.state.held { color: light-dark(#9a4d00, #ffab6b); } .state.rejected { color: light-dark(#8c1d18, #ff9d95); }
.state.released { color: light-dark(#155e75, #7fd0e6); }
.warning, .said { border-left: 4px solid var(--accent); padding: 6px 12px; margin: 10px 0; max-width: none; }
.warning { border-color: light-dark(#b45309, #f0a04b); }
.said { font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; margin: 6px 0 10px; }
th, td { text-align: left; vertical-align: top; padding: 4px 8px; border-bottom: 1px solid var(--line);
  overflow-wrap: break-word; }
thead th { border-bottom: 1.5px solid var(--ink); font-weight: 600; vertical-align: bottom; }
thead th, td:first-child { word-break: keep-all; }
.number { text-align: right; white-space: nowrap; }
thead th.number { white-space: normal; }
.facts { width: auto; min-width: 50%; }
.facts th { font-weight: 400; color: var(--quiet); padding-left: 0; white-space: nowrap; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px 24px; margin: 14px 0; }
.figures b { display: block; font-size: 1.3rem; font-weight: 600; }
.figures span { display: block; color: var(--quiet); font-size: 0.87rem; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 0 28px; }
.log { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, "Noto Sans Mono CJK JP", monospace; font-size: 0.85em;
  overflow-wrap: anywhere; }
blockquote { margin: 0 0 8px; padding: 8px 12px; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; }
.comment { white-space: pre-wrap; }
.hash td, .entries td:last-child { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.85em;
  overflow-wrap: anywhere; }
.entries td:nth-child(2) { white-space: nowrap; }
.hash { width: 100%; }
ol, ul { padding-left: 1.4em; margin: 6px 0; }
li { margin-bottom: 8px; }
pre { margin: 4px 0 0; padding: 6px 10px; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; }
input { accent-color: var(--accent); }
#log { --log-height: max(32rem, calc(100dvh - 7rem)); width: min(1700px, 100vw - 56px);
  margin: 12px 0 0 calc(50% - min(850px, 50vw - 28px)); }
label { margin: 0 14px 0 2px; }
@page { size: A4; margin: 15mm 14mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt; }
  @bottom-left { content: "SparseMix IDENTITY"; font: 8pt monospace; } }
@media print {
  :root { color-scheme: light; }
  html { font-size: 9pt; }
  body { padding: 0; max-width: none; }
  body > input, body > label, #log { display: none; }
  section { margin-top: 16pt; }
  h1, h2, h3, .headline, .said, .quiet { break-after: avoid; }
  tr, blockquote, .quiet, pre, li, .figures, .keep { break-inside: avoid; }
  p { orphans: 3; widows: 3; }
  .wide { overflow: visible; }
  blockquote, pre { background: none; border: 1px solid var(--line); }
}
"""


class Html(str):
    """Markup from ``tag``, or from a view that escapes its texts; every other string is text."""

    __slots__ = ()


class Column(NamedTuple):
    """A column of a table: its heading, and whether it holds numbers."""

    heading: str
    number: bool = False


def columns(words: Iterable[str], numbers: Iterable[str] = ()) -> list[Column]:
    """Return columns by their headings: those that hold words, then those that hold numbers."""
    return [*(Column(heading) for heading in words), *(Column(heading, True) for heading in numbers)]


def tag(name: str, /, *parts: str, **attributes: str | int | float | bool) -> Html:
    """Return an element. In names of attributes a trailing underscore is dropped and others become hyphens; True gives an
    attribute without a value, False or an empty text none."""
    words = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    return Html(f"<{name}{words}>" if name in _VOID else f"<{name}{words}>{joined(*parts)}</{name}>")


def joined(*parts: str) -> Html:
    """Join parts one after the other; texts among them are escaped."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], class_: str = "") -> Html:
    """Return a table with a head that is repeated on every page."""
    kinds = ["number" if column.number else "words" for column in columns]
    heads = zip(columns, kinds, strict=True)
    head = tag("tr", *(tag("th", column.heading, scope="col", class_=kind) for column, kind in heads))
    body = [tag("tr", *(tag("td", cell, class_=kind) for cell, kind in zip(row, kinds, strict=True))) for row in rows]
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body), class_=class_), class_="wide")


def facts(rows: Iterable[tuple[str, str]], class_: str = "facts") -> Html:
    """Return a table of names and values."""
    lines = (tag("tr", tag("th", name, scope="row"), tag("td", value)) for name, value in rows)
    return tag("table", tag("tbody", *lines), class_=class_)


def section(heading: str, *parts: str, class_: str = "") -> Html:
    """Return a part of the report under its heading."""
    return tag("section", tag("h2", heading), *parts, class_=class_)


def signed(value: float, digits: int = 2) -> str:
    """Format a number with its sign, the minus as wide as the plus; a number that rounds to 0 has no sign."""
    shown = f"{value:+.{digits}f}"
    return shown[1:] if float(shown) == 0.0 else shown.replace("-", "−")


def number(value: float, digits: int = 2) -> str:
    """Format a number, with a minus that is as wide as a digit."""
    shown = f"{value:.{digits}f}"
    return (shown.lstrip("-") if float(shown) == 0.0 else shown).replace("-", "−")


def page(
    articles: Mapping[str, Html], titles: Mapping[str, str], log: Mapping[str, object], language: str, identity: str
) -> bytes:
    """Return the file. ``articles`` and ``titles`` by language; it opens in ``language``. ``log``: what the log above them is
    drawn from. ``identity`` is printed at the foot of every page. Raises `ValueError` when ``identity`` has other characters
    than letters and digits."""
    if not identity.isalnum():
        raise ValueError("the identity goes into the style sheet and must be letters and digits")
    rules = [f"#in-{code}:not(:checked) ~ article.in-{code} {{ display: none; }}" for code in articles]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY.format(script=_hash(file_module()))),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="robots", content="noindex"),
        tag("title", titles[language]),
        # The style sheet is not escaped, or its quotes would break; only the identity, checked above, comes from outside.
        tag("style", Html(_STYLE.replace("IDENTITY", identity) + "\n".join(rules))),
    )
    switch = [
        part
        for code in articles
        for part in (
            tag("input", type="radio", name="language", id=f"in-{code}", value=code, checked=code == language),
            tag("label", LANGUAGES[code], for_=f"in-{code}", lang=code),
        )
    ]
    contents = (tag("article", article, class_=f"in-{code}", lang=code) for code, article in articles.items())
    scripts = [
        # Neither is escaped, or it would be another text: no "<" is left in the data, and the module has no end tag.
        tag("script", Html(json.dumps(log, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")), **_DATA),
        tag("script", Html(file_module()), type="module"),
    ]
    body = tag("body", *switch, tag("div", id="log"), *contents, *scripts)
    whole = joined(Html("<!DOCTYPE html>\n"), tag("html", head, body, lang=language))
    # "replace", because a lone surrogate cannot be encoded.
    return whole.translate(_SEEN).encode("utf-8", "replace")


def _hash(script: str) -> str:
    """Return what a policy calls a script."""
    return f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"


def _attribute(name: str, value: str | int | float | bool) -> str:
    if value is True:
        return f" {name}"
    return "" if value is False or value == "" else f' {name}="{escape(str(value))}"'
