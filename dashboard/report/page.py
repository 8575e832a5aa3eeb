"""The report as one file: both languages, a switch between them without a script, and a style that prints on A4.

Nothing is loaded from anywhere: the page's own policy forbids it, scripts included. The language that is not chosen is not
shown and not printed.
"""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.report.markup import Html, joined, tag
from dashboard.texts import LANGUAGES

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# Characters that a browser drops or replaces: shown as the pictures that Unicode has for them.
_SEEN = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421}

_STYLE = """
:root { color-scheme: light; --ink: #1d2730; --quiet: #55636e; --line: #d5dce0; --accent: #1f6f78; }
* { box-sizing: border-box; }
html { font-size: 15px; }
body { margin: 0 auto; padding: 24px 28px 64px; max-width: 1000px; background: #fff; color: var(--ink);
  font: 1rem/1.5 "Source Sans 3", "Segoe UI", "Hiragino Sans", "Yu Gothic UI", "Noto Sans CJK JP", "Noto Sans JP", sans-serif; }
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
.state.held { color: #9a4d00; } .state.rejected { color: #8c1d18; } .state.released { color: #155e75; }
.warning, .said { border-left: 4px solid var(--accent); padding: 6px 12px; margin: 10px 0; max-width: none; }
.warning { border-color: #b45309; }
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
blockquote { margin: 0 0 8px; padding: 8px 12px; background: #f4f6f7; white-space: pre-wrap; overflow-wrap: anywhere; }
.passage > div { max-height: none !important; }
.passage td:first-child { white-space: nowrap; }
.passage tr { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.comment { white-space: pre-wrap; }
.hash td, .entries td:last-child { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.85em;
  overflow-wrap: anywhere; }
.entries td:nth-child(2) { white-space: nowrap; }
.hash { width: 100%; }
ol, ul { padding-left: 1.4em; margin: 6px 0; }
li { margin-bottom: 8px; }
pre { margin: 4px 0 0; padding: 6px 10px; background: #f4f6f7; white-space: pre-wrap; overflow-wrap: anywhere; }
svg { display: block; width: 100%; max-width: 760px; height: auto; }
svg text { font-family: inherit; fill: var(--ink); }
input { accent-color: var(--accent); }
label { margin: 0 14px 0 2px; }
@page { size: A4; margin: 15mm 14mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt; }
  @bottom-left { content: "SparseMix IDENTITY"; font: 8pt monospace; } }
@media print {
  html { font-size: 9pt; }
  body { padding: 0; max-width: none; }
  body > input, body > label { display: none; }
  section { margin-top: 16pt; }
  h1, h2, h3, .headline, .said, .quiet { break-after: avoid; }
  tr, blockquote, .quiet, pre, li, svg, .figures, .keep { break-inside: avoid; }
  p { orphans: 3; widows: 3; }
  .wide { overflow: visible; }
  blockquote, pre { background: none; border: 1px solid var(--line); }
}
"""


def page(articles: Mapping[str, Html], titles: Mapping[str, str], language: str, identity: str) -> bytes:
    """The file. ``articles`` and ``titles`` by language; it opens in ``language``. ``identity``, letters and digits, stands at
    the foot of every printed page."""
    if not identity.isalnum():
        raise ValueError("what stands in the style sheet must be letters and digits")
    rules = [f"#in-{one}:not(:checked) ~ article.in-{one} {{ display: none; }}" for one in articles]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="robots", content="noindex"),
        tag("title", titles[language]),
        # A style sheet is no text: its quotes stay as they are, and all of it but the identity is written above.
        tag("style", Html(_STYLE.replace("IDENTITY", identity) + "\n".join(rules))),
    )
    switch = [
        part
        for one in articles
        for part in (
            tag("input", type="radio", name="language", id=f"in-{one}", checked=one == language),
            tag("label", LANGUAGES[one], for_=f"in-{one}", lang=one),
        )
    ]
    body = tag("body", *switch, *(tag("article", made, class_=f"in-{one}", lang=one) for one, made in articles.items()))
    whole = joined(Html("<!DOCTYPE html>\n"), tag("html", head, body, lang=language))
    # A lone surrogate cannot be written at all.
    return whole.translate(_SEEN).encode("utf-8", "replace")
