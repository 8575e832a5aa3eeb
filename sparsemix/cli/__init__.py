"""The commands of ``python -m sparsemix``."""
