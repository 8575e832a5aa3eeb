"""The log as a page, in the browser: one script of small modules, its style, and the words that it shows."""
