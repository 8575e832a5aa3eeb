"""The tamper-evident log as pure functions: hash chain, Merkle tree, checkpoints and kinds of entries."""
