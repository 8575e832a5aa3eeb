"""Text from outside, made safe for a place that reads Markdown."""

from __future__ import annotations

import re

# Markdown's own signs, HTML, Streamlit's $math$, and whatever would start a list, a quote or a link.
_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&=@^\"'/])")
# :name: becomes an emoji or an icon even when its colons are escaped; an invisible joiner keeps it as it is.
_SHORTCODE = re.compile(r":(?=[A-Za-z_+\-][\w/+\-]*:)")
_SPACE = re.compile(r"\s+")


def literal(text: str) -> str:
    """Escape every sign that Markdown could read, so that the text shows exactly as it is, on one line."""
    return _SIGNS.sub(r"\\\1", _SHORTCODE.sub(":\u2060", _SPACE.sub(" ", text)))
