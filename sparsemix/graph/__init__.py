"""Graph: which kinds of events lead to which, counted over many logs."""
