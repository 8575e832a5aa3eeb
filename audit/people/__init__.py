"""The people and programs that act: accounts, sessions, tokens of other programs, roles, and the check of every action."""
