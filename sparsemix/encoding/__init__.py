"""Events to numbers: the sequence that every reader returns, and the features by which a model reads its events."""
