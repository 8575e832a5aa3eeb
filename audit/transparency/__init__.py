"""The log among other logs: tiles, witnesses, time stamps and proofs in the formats of C2SP and RFC 3161."""
