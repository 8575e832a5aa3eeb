"""Causes of alarms in event tables of a machine whose faults are known, beside rules that anyone would try first."""
