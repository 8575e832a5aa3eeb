"""What pages of several features use: session, jobs, tables, figures, downloads, caches, and how failures are shown."""
