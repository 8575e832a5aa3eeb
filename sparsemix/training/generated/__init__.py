"""Training on generated logs: the curriculum, the guard of the selection, evaluation, and the report of a run."""
