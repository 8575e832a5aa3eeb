"""The terms of novelty of a model, of a log or of a table, as arrays for safetensors."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from sparsemix.config import SparseMixConfig
from sparsemix.errors import WeightsError
from sparsemix.priors import log_terms, table_terms
from sparsemix.priors.log_terms import LogTerms
from sparsemix.priors.table_terms import TableTerms

Terms = LogTerms | TableTerms


def packed_terms(terms: Terms) -> dict[str, NDArray[Any]]:
    """Return the terms as arrays."""
    return dict(log_terms.pack(terms)) if isinstance(terms, LogTerms) else dict(table_terms.pack(terms))


def unpacked_terms(columns: dict[str, NDArray[Any]], config: SparseMixConfig) -> Terms | None:
    """Read what ``packed_terms`` returned; None without columns. Raises `WeightsError` for anything else, or where the terms do
    not fit the configuration."""
    if config.terms != bool(columns):
        raise WeightsError("the terms of novelty do not fit the configuration")
    if not columns:
        return None
    return log_terms.unpack(columns, config.kinds) if config.kinds else table_terms.unpack(columns, len(config.scales))
