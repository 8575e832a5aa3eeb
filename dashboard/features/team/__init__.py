"""Team: progress, policy, accounts, programs."""
