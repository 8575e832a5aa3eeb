"""Lines on standard error: those that stay, and progress, of which a terminal shows the last alone; and text of files that is
safe to show; and counts in words."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Mapping
from itertools import pairwise

# Goes to the beginning of the line and clears it.
_CLEAR = "\r\x1b[K"
_SINGULAR = {"entries": "entry", "stretches": "stretch", "people": "person", "are": "is", "were": "was", "have": "has"}
_COUNTED = (
    "arrows|bytes|causes|columns|days|decisions|edges|entries|events|files|groups|heads|incidents|kinds|labels|layers|lines|logs|minutes|"
    "objects|pairs|parts|people|pieces|points|reviews|rotations|runs|sequences|sources|steps|stretches|systems|tables|times|"
    "truncations|windows"
)
_VERBS = "are|were|have|hold|look|break|continue|wait|come|belong|stand"
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def tell(text: str) -> None:
    """Write a line that stays, made ``printable``."""
    print(f"{_clear()}{printable(text)}", file=sys.stderr, flush=True)


def tell_progress(text: str) -> None:
    """Write how far the work is, made ``printable``; on a terminal the next line takes its place."""
    print(f"{_clear()}{printable(text)}", file=sys.stderr, end="" if sys.stderr.isatty() else "\n", flush=True)


def share_teller(*, long: bool = False) -> Callable[[float, str], None]:
    """Return a function that tells which share of the work is done, 0 to 1, and what is under way, of ``long`` work also how
    much time is left; where no terminal shows the last line alone, every tenth of the work once, so that the log of a batch job
    stays readable."""
    told, began = -1, time.monotonic()

    def tell_share(share: float, stage: str) -> None:
        nonlocal told
        tenth = int(10 * share)
        if tenth > told or sys.stderr.isatty():
            told = tenth
            left = f", {(time.monotonic() - began) * (1 - share) / share:.0f} s left" if long and share > 0 else ""
            tell_progress(f"{share:4.0%} {stage}{left}")

    return tell_share


def end_progress() -> None:
    """Leave the last line of progress on a terminal, so that what comes on standard output begins a line."""
    print(_clear(), file=sys.stderr, end="", flush=True)


def printable(text: str) -> str:
    """Return a text for a terminal: lines of files may hold signs that would move its cursor or change its colours."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)


def counted(text: str, values: Mapping[str, object]) -> str:
    """Return an English text with its values in their places, and what they count in the singular where it is one."""
    for name in (name for name, value in values.items() if str(value) == "1"):
        field = rf"(\{{{name}(?::,)?\}})(?P<of> of \{{\w+(?::,)?\}})?(?P<kind>(?: [a-z-]+)??) (?P<noun>{_COUNTED})\b"
        field += rf"(?P<verb> (?:{_VERBS})\b)?"
        text = re.sub(field, _singular, text)
    return text.format(**values)


def _singular(found: re.Match[str]) -> str:
    of, noun, verb = found["of"] or "", found["noun"], (found["verb"] or "").strip()
    noun = noun if of else _SINGULAR.get(noun, noun[:-1])
    return f"{found[1]}{of}{found['kind']} {noun}" + (f" {_SINGULAR.get(verb, verb + 's')}" if verb else "")


def shortened(text: str, width: int) -> str:
    """Return a text of at most ``width`` characters."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def duration(seconds: float) -> str:
    """Return a length of time as the app says it: a minute and more in its two largest units, such as ``1 h 05 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"
    whole = round(seconds)
    (size, unit), (part, smaller) = next(pair for pair in pairwise(_UNITS) if whole >= pair[0][0])
    return f"{whole // size} {unit} {whole % size // part:02d} {smaller}"


def _clear() -> str:
    return _CLEAR if sys.stderr.isatty() else ""
