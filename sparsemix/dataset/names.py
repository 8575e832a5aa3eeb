"""Names of a table's columns, checked before anything is made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sparsemix.errors import InputError

MAX_COLUMNS = 4_000


def check_names(names: Sequence[str], name: str) -> None:
    """Raises InputError too_many_columns, duplicate_columns."""
    if len(names) > MAX_COLUMNS:
        raise InputError(
            f"{name} has {len(names):,} columns; at most {MAX_COLUMNS:,} are read. One row is one step: is it turned round?",
            code="too_many_columns",
            limit=MAX_COLUMNS,
        )
    twice = [column for column, times in Counter(names).items() if times > 1]
    if twice:
        raise InputError(
            f"{name}: the column {twice[0]!r} occurs twice. Give every column its own name.",
            code="duplicate_columns",
            column=twice[0],
        )
