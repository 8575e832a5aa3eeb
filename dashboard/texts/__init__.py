"""Every text that the app shows, in English and Japanese.

    t = Texts("ja")
    t("review.lead")
    t("verdict.flagged", flagged=3, total=2000)

A module holds the texts of one page, or of one part of a page, as ``TEXTS``: key -> (English, Japanese). ``docs/glossary.md``
says which Japanese word stands for which English term. Values go in by ``str.format``; texts are Markdown, values are not:
``literal`` escapes whatever comes from a file, a person or an error before it is formatted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from typing import Self

from dashboard.texts import (
    analyse,
    causes,
    comparing,
    costs,
    explain,
    feedback,
    glossary,
    leads,
    log,
    monitor,
    passkeys,
    record,
    report,
    review,
    selection,
    shell,
    signing,
    statistics,
    team,
    training,
    watching,
    words,
)
from dashboard.texts.decision import incidents, itself, marks, unusual, verdict
from dashboard.texts.files import input_errors, notes, reading
from sparsemix.terminal import counted

LANGUAGES: Mapping[str, str] = {"en": "English", "ja": "日本語"}
TOPICS = (
    words,
    shell,
    glossary,
    analyse,
    reading,
    input_errors,
    notes,
    verdict,
    incidents,
    marks,
    unusual,
    itself,
    statistics,
    selection,
    log,
    explain,
    causes,
    comparing,
    review,
    record,
    report,
    team,
    signing,
    passkeys,
    monitor,
    watching,
    leads,
    costs,
    training,
    feedback,
)

ENGLISH: dict[str, str] = {}
JAPANESE: dict[str, str] = {}
for _topic in TOPICS:
    for _key, (_english, _japanese) in _topic.TEXTS.items():
        if _key in ENGLISH:
            raise ValueError(f"two topics define the text {_key}")
        ENGLISH[_key], JAPANESE[_key] = _english, _japanese

# Markdown's own signs, HTML, Streamlit's $math$, and whatever would start a list, a quote or a link.
_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&=@^\"'/])")
# :name: becomes an emoji or an icon even when its colons are escaped; an invisible joiner keeps it as it is.
_SHORTCODE = re.compile(r":(?=[A-Za-z_+\-][\w/+\-]*:)")
# Addresses become links even when their signs are escaped.
_LINK = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=[\w.+\-])(?=@[\w\-]+\.)", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def literal(text: str) -> str:
    """Escape every sign of a text from outside that Markdown could read, so that it shows exactly as it is, on one line."""
    shown = _LINK.sub("\u2060", _SHORTCODE.sub(":\u2060", _SPACE.sub(" ", text)))
    return _SIGNS.sub(r"\\\1", shown)


class Texts:
    """The texts of one language; calling it gives one text."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = JAPANESE if language == "ja" else ENGLISH

    def __call__(self, key: str, /, **values: str | int | float) -> str:
        """Return the text of a key, with text values escaped for Markdown. Raises `KeyError` when there is no such key."""
        safe = {name: literal(value) if isinstance(value, str) else value for name, value in values.items()}
        return self._with(key, safe)

    def has(self, key: str) -> bool:
        """Return whether a text of this key exists."""
        return key in self._texts

    def heading(self, topic: str, name: str) -> str:
        """Return what a topic calls a column: a text of its own, or else the word that all tables share."""
        own = f"{topic}.{name}"
        return self.plain(own if self.has(own) else f"word.{name}")

    def of(self, topic: str) -> dict[str, str]:
        """Return the texts of a topic by the rest of their keys, with ``{name}`` where a value belongs."""
        return {key.removeprefix(f"{topic}."): text for key, text in self._texts.items() if key.startswith(f"{topic}.")}

    def reworded(self, other: Mapping[str, str]) -> Self:
        """Return these texts with some of them replaced: ``other`` maps a key to the key whose text takes its place."""
        reworded = copy(self)
        reworded._texts = {**self._texts, **{key: self._texts[own] for key, own in other.items()}}
        return reworded

    def plain(self, key: str, /, **values: str | int | float) -> str:
        """Return the text of a key for a place that shows no Markdown, such as a cell of a table: nothing is escaped."""
        return self._with(key, values)

    def _with(self, key: str, values: Mapping[str, str | int | float]) -> str:
        return self._texts[key].format(**values) if self.language == "ja" else counted(self._texts[key], values)


class PlainTexts(Texts):
    """Texts for places that show no Markdown at all, such as an exported file: what comes from outside stays as it is, and
    the code that writes the file escapes it."""

    def __call__(self, key: str, /, **values: str | int | float) -> str:
        """Return the text of a key with nothing escaped. Raises `KeyError` when there is no such key."""
        return self.plain(key, **values)
