"""Every text that the app shows, in English and Japanese.

    t = Texts("ja")
    t("analyse.title")
    t("verdict.flagged", flagged=3, total=2000)

One file per topic holds ``TEXTS``: key -> (English, Japanese). Values go in by ``str.format``; texts are Markdown, values are
not: whatever comes from a file, a person or an error is escaped by ``literal`` before it is formatted.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Self

from dashboard.texts import downloads, glossary, record, review, shell
from dashboard.texts.analyse import analyse, batch, first_steps, inputs, listing, reading
from dashboard.texts.decision import reasons, report, unusual, verdict
from dashboard.texts.explain import comparing, explain, trials, usual
from dashboard.texts.literal import literal
from dashboard.texts.monitor import costs, diversity, drift, kpi, live, monitor, rollout
from dashboard.texts.selection import selection, selection_map
from dashboard.texts.team import people, programs, team
from dashboard.texts.training import data, feedback

LANGUAGES: Mapping[str, str] = {"en": "English", "ja": "日本語"}
TOPICS = (
    shell,
    glossary,
    first_steps,
    downloads,
    analyse,
    batch,
    listing,
    inputs,
    reading,
    verdict,
    unusual,
    reasons,
    selection,
    selection_map,
    explain,
    trials,
    comparing,
    usual,
    live,
    review,
    record,
    report,
    people,
    programs,
    team,
    monitor,
    kpi,
    rollout,
    drift,
    diversity,
    costs,
    data,
    feedback,
)

ENGLISH: dict[str, str] = {}
JAPANESE: dict[str, str] = {}
for _topic in TOPICS:
    for _key, (_english, _japanese) in _topic.TEXTS.items():
        if _key in ENGLISH:
            raise ValueError(f"two topics define the text {_key}")
        ENGLISH[_key], JAPANESE[_key] = _english, _japanese


class Texts:
    """The texts of one language; calling it gives one text."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = JAPANESE if language == "ja" else ENGLISH

    def __call__(self, key: str, /, **values: str | int | float) -> str:
        """The text of a key, with text values escaped for Markdown. Raises KeyError for an unknown key."""
        safe = {name: literal(value) if isinstance(value, str) else value for name, value in values.items()}
        return self._texts[key].format(**safe)

    def has(self, key: str) -> bool:
        """Whether a text of this key exists."""
        return key in self._texts

    def reworded(self, other: Mapping[str, str]) -> Self:
        """The same texts, but under the keys of ``other`` the texts that it names."""
        made = copy(self)
        made._texts = {**self._texts, **{key: self._texts[own] for key, own in other.items()}}
        return made

    def plain(self, key: str, /, **values: str | int | float) -> str:
        """The same for places that show no Markdown, such as cells of a table: nothing is escaped."""
        return self._texts[key].format(**values)


class PlainTexts(Texts):
    """For places that show no Markdown at all, such as a file that is handed out: what comes from outside stays as it is, and
    whoever writes the file escapes it."""

    def __call__(self, key: str, /, **values: str | int | float) -> str:
        """The text of a key as it is. Raises KeyError for an unknown key."""
        return self.plain(key, **values)
