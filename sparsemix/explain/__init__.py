"""Explanations that can be checked: what mattered for an event's logit, and how far to believe it.

Rooms: ``intervention`` (what is to be different), ``rerun``, ``passes``, ``outcome`` (a decision run again, exactly, only where
something changes), ``candidates`` and ``effects`` (pairs and events by what changes without them), ``attribution`` with
``integrated``, ``perturbation`` and ``rollout`` (the methods).
"""
