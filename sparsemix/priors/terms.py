"""The terms of novelty of a model, of a log or of a table, as arrays for safetensors."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from sparsemix.priors import log_terms, table_terms
from sparsemix.priors.log_terms import LogTerms
from sparsemix.priors.table_terms import TableTerms

Terms = LogTerms | TableTerms


def packed_terms(terms: Terms) -> dict[str, NDArray[Any]]:
    """Return the terms as arrays."""
    return dict(log_terms.pack(terms)) if isinstance(terms, LogTerms) else dict(table_terms.pack(terms))


def unpacked_terms(columns: dict[str, NDArray[Any]], kinds: int, width: int) -> Terms:
    """Read what ``packed_terms`` returned, for a number of ``kinds`` of events, or else a table of ``width`` columns. Raises
    `WeightsError` for anything else."""
    return log_terms.unpack(columns, kinds) if kinds else table_terms.unpack(columns, width)
