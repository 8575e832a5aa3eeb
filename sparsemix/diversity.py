"""The first import path of `sparsemix.monitoring.diversity`: ``from sparsemix.diversity import aspects`` goes on working."""

from sparsemix.monitoring.diversity import aspects

__all__ = ["aspects"]
