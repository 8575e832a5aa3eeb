"""Causes: which variables of an event table led to an alarm, by states that the normal course does not hold together."""
