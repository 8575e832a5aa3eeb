"""Values of options that hold several, separated by commas."""

from __future__ import annotations

from sparsemix.__main__ import whole_number


def names(text: str) -> tuple[str, ...]:
    """Return the names of a list such as dense,window."""
    return tuple(name.strip() for name in text.split(","))


def numbers(text: str) -> tuple[int, ...]:
    """Return the whole numbers of a list such as 0,1,2."""
    return tuple(whole_number(number) for number in text.split(","))
