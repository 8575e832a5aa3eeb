"""Attention that selects its pairs: exact entmax over the keys that matter, the selected pairs, and the plain reference.

The exact search that finds these keys is in `_index`.
"""
