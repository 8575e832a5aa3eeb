"""A report parsed again: its elements with their nesting and attributes, and the text that a reader sees."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

from audit import Access
from dashboard.service.decide.pipeline import LoadedDecision, analyse, load
from sparsemix import Rerun, SparseMixModel
from sparsemix.explain.explanation import Explanation, explain

VOID = {"meta", "input", "br"}


@dataclass(frozen=True)
class Made:
    """A decision with its explanation."""

    loaded: LoadedDecision
    rerun: Rerun
    explanation: Explanation


def make(access: Access, model: SparseMixModel, data: bytes, name: str = "line4.log", event: int = 20) -> Made:
    """Decide on a log, and explain one of its events."""
    loaded = load(access, analyse(data, name, model=model, access=access))
    rerun = Rerun(model, loaded.sequence, loaded.trace)
    return Made(loaded, rerun, explain(rerun, event))


class Page(HTMLParser):
    """A parsed page. ``open``: elements that were never closed; ``crossed``: end tags that do not match; ``text``: the text, by
    article; ``scripts``: what stands in each script, the log's data first."""

    def __init__(self, html: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.text: dict[str, str] = {}
        self.headings: dict[str, list[str]] = {}
        self.style = ""
        self.scripts: list[str] = []
        self._article = ""
        self.feed(html.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag == "article":
            self._article = attributes["lang"] or ""
        if tag == "script":
            self.scripts.append("")
        if tag == "h2":
            self.headings.setdefault(self._article, []).append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
            return
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
            return
        if self.open and self.open[-1] == "h2":
            self.headings[self._article][-1] += data
        self.text[self._article] = self.text.get(self._article, "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element with this tag."""
        return [attributes for name, attributes in self.elements if name == tag]
