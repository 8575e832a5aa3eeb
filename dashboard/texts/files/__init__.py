"""Texts of files: how they are read, why they are refused, and what the reader tells about them."""
