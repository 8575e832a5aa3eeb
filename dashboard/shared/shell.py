"""What surrounds every page: the language that the browser is told, and the weights in use, in the sidebar."""

from __future__ import annotations

import streamlit as st

from audit import AuditError
from dashboard.shared import cache, navigation
from dashboard.texts import Texts
from dashboard.views import wording
from sparsemix import WeightsError

# Streamlit has words of its own that no option changes; style.css shows these in their place.
_WORDS = ("upload", "drop", "enter", "ctrl_enter")
_SCRIPT = """
export default function ({ data }) {
  const page = document.documentElement;
  page.lang = data.language;
  for (const [name, word] of Object.entries(data.words)) page.style.setProperty(`--word-${name}`, JSON.stringify(word));
}
"""


def page_language(t: Texts) -> None:
    """Tell the browser the page's language, for screen readers and for ``style.css``. Call once in every run; nothing is
    shown."""
    tell = st.components.v2.component("sparsemix_page_language", js=_SCRIPT)
    words = {name: t.plain(f"shell.word.{name}") for name in _WORDS}
    tell(key="page_language", data={"language": t.language, "words": words})


def weights_in_use(t: Texts) -> None:
    """Show name and hash of the weights in use, with a link to their card; or say that no weights can be used."""
    try:
        used, loaded = cache.store().weights_in_use(), cache.model().weights_sha256
        st.caption(t("shell.model", id=wording.short_hash(loaded)))
        if used is None or used.sha256 is None:
            return
        name = wording.weights_name(used.sha256, cache.store().weights(), t)
    except (WeightsError, AuditError):
        st.caption(t("shell.no_model"))
        return
    navigation.link("data", t("model.title", name=name), {"section": "weights", "weights": wording.short_hash(loaded)})
