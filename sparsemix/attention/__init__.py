"""Attention that selects its pairs: exact entmax over the keys that matter, the pairs it selects, and the plain reference.

The exact search that finds those keys is in `_index`.
"""
