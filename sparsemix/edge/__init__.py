"""Deciding and tracing where there is NumPy and nothing else: the runtime's own modules, and the exporter that makes one."""
