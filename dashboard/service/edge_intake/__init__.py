"""Decisions of edge devices, taken into the record."""
