"""Explanations against the words that people marked as reasons."""
