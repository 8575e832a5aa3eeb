"""Benchmarks that refuse to report when what they measure is wrong: ``python -m sparsemix bench --help``."""
