"""Names of a table's columns, checked before anything is made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sparsemix.errors import InputError

MAX_COLUMNS = 4_000


def check_count(columns: int) -> None:
    """Raises InputError too_many_columns."""
    if columns > MAX_COLUMNS:
        raise InputError(
            f"The table has {columns:,} columns; at most {MAX_COLUMNS:,} are read. One row is one step: is it turned round?",
            code="too_many_columns",
            limit=MAX_COLUMNS,
        )


def check_distinct(names: Sequence[str]) -> None:
    """Raises InputError duplicate_columns."""
    twice = [column for column, times in Counter(names).items() if times > 1]
    if twice:
        raise InputError(
            f"The column {twice[0]!r} occurs twice. Put a name of its own over every column.",
            code="duplicate_columns",
            column=twice[0],
        )
