"""Types of arguments of `python -m audit`: what argparse refuses in words, with exit code 2, before anything happens."""

from __future__ import annotations

from argparse import ArgumentTypeError

_LONGEST_PAUSE = 1_000_000.0  # seconds, eleven days


def count(text: str) -> int:
    """Return a whole number of at least 1. Raises `ArgumentTypeError`."""
    return _whole(text, 1, 10**9)


def port(text: str) -> int:
    """Return a port to listen on; 0 for any that is free. Raises `ArgumentTypeError`."""
    return _whole(text, 0, 65_535)


def host(text: str) -> str:
    """Return a name or address to listen on. Raises `ArgumentTypeError` for what no network address can be."""
    labels = text.removesuffix(".").split(".")
    if not text.isascii() or not text.isprintable() or " " in text or not all(1 <= len(label) <= 63 for label in labels):
        raise ArgumentTypeError(f"{text!r:.200} is not a name or address of this machine, such as 0.0.0.0")
    return text


def pause(text: str) -> float:
    """Return seconds between two looks, from 1 on. Raises `ArgumentTypeError`."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= _LONGEST_PAUSE:  # NaN is neither
        raise ArgumentTypeError(f"{text!r:.80} is not a number of seconds from 1 to {_LONGEST_PAUSE:,.0f}")
    return seconds


def _whole(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or len(text) > 10 or not least <= int(text) <= most:
        raise ArgumentTypeError(f"{text!r:.80} is not a whole number from {least} to {most:,}")
    return int(text)
