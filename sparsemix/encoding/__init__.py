"""Encoding of events: the sequence that every reader returns, and the features by which a model reads its events."""
