"""Texts of a decision: its verdict, what stands behind it, its report."""
