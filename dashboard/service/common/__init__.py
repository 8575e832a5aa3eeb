"""What services share: background jobs, child processes, sources, memory, the folder beside a record."""
