"""Graph: which kinds of events lead to which, from the pairs that a model selected in many logs."""
