"""The pages of the app: their names, which stand in addresses, and the files that draw them."""

from __future__ import annotations

PAGES = {
    name: f"features/{folder}/page.py"
    for name, folder in {
        "analyse": "analyse",
        "selection": "selection",
        "explain": "explain",
        "review": "review",
        "record": "record",
        "data": "training",
        "monitor": "monitor",
        "team": "team",
    }.items()
}
"""From a page's name to its file, relative to the app's entry, as Streamlit wants it."""
