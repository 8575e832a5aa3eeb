"""How loops are compiled and run: compiled once and kept on disk, on several threads, in vector registers."""
