"""What was read from a file, before anything is decided: facts, templates, skipped lines, notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pandas as pd

from dashboard.texts import Texts, literal
from sparsemix import InputError, TokenSequence
from sparsemix.readers.templates import LogTemplates

MOST_TEMPLATES = 200
MAX_SKIPPED = 200
_CELL = 500


def input_message(error: InputError, t: Texts) -> str:
    """What is wrong with the input and what to do, in the visitor's language."""
    key = f"input.{error.code}"
    said = t(key, **error.params) if t.has(key) else t("input.other")
    # One of many files: which one, no sentence of another place can know.
    return f"{literal(str(error.params['file']))}: {said}" if "file" in error.params else said


def time_span(span: tuple[float, float] | None, t: Texts) -> str:
    """From and to in UTC, or that the events have no time."""
    if span is None:
        return t.plain("parsed.no_time")
    try:
        first, last = (datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S") for seconds in span)
    except (OverflowError, ValueError, OSError):  # a stamp beyond the calendar is still a number
        return f"{span[0]:.0f} – {span[1]:.0f} s"
    return f"{first} – {last} UTC"


def duration(seconds: float, t: Texts) -> str:
    """A length of time in the two units that matter."""
    whole = round(seconds)
    for unit, size, smaller, smaller_size in (
        ("day", 86400, "hour", 3600),
        ("hour", 3600, "minute", 60),
        ("minute", 60, "second", 1),
    ):
        if whole >= size:
            first = t.plain(f"unit.{unit}", n=whole // size)
            rest = whole % size // smaller_size
            return f"{first} {t.plain(f'unit.{smaller}', n=rest)}" if rest else first
    return t.plain("unit.second", n=whole)


def templates(found: LogTemplates, t: Texts) -> pd.DataFrame:
    """The templates that the messages follow, the most frequent first; of very many the rarest too, and none between."""
    pairs = list(zip(found.texts, found.counts, strict=True))
    if len(pairs) > MOST_TEMPLATES:
        pairs = pairs[: MOST_TEMPLATES // 2] + pairs[-MOST_TEMPLATES // 2 :]
    rows = [(text[:_CELL], count, 100 * count / max(1, found.examined)) for text, count in pairs]
    return pd.DataFrame(rows, columns=[t.plain("parsed.template"), t.plain("parsed.count"), t.plain("parsed.share")])


def skipped(sequence: TokenSequence, t: Texts) -> pd.DataFrame:
    """Lines that became no event, blank ones left out, with the reason in words."""
    rows = [(line.line, skip_reason(line.reason, t), line.excerpt) for line in sequence.skipped if line.reason != "blank"][
        :MAX_SKIPPED
    ]
    return pd.DataFrame(rows, columns=[t.plain("parsed.line"), t.plain("parsed.reason"), t.plain("parsed.excerpt")])


def skip_reason(code: str, t: Texts) -> str:
    """A reason in words, or its code when it is new."""
    return t.plain(f"skip.{code}") if t.has(f"skip.{code}") else code


def skipped_summary(sequence: TokenSequence, t: Texts) -> list[str]:
    """How many lines of a file were skipped for each reason, the most common first."""
    return skipped_by_reason(sequence.skipped_counts, t)


def skipped_by_reason(skipped: Mapping[str, int], t: Texts) -> list[str]:
    """The same from the counts alone."""
    counts = sorted(skipped.items(), key=lambda item: (-item[1], item[0]))
    return [t("parsed.skip_count", n=count, reason=skip_reason(reason, t)) for reason, count in counts]


def notes(codes: tuple[str, ...], t: Texts) -> list[str]:
    """Notes and warnings in words: each is a code, with a count after a colon where there is one."""
    return [_note(code, t) for code in codes]


def _note(note: str, t: Texts) -> str:
    code, _, count = note.partition(":")
    if not t.has(f"note.{code}"):
        return t("note.unknown", code=note)
    return t(f"note.{code}", n=int(count) if count.isdigit() else 0)
