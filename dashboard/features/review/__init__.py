"""Review: the queue, the form, drafts and history."""
