"""Compilation and execution of loops: compiled once and kept on disk, on several threads, in vector registers."""
