"""What lies in a box for files, as the function that is called when it changed sees it."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile


def lying_in(box: str) -> list[UploadedFile]:
    """The files in the box with this key whose bytes the server still has, in order.

    What ``st.file_uploader`` returns leaves the others out; what the session holds under its key does not: a message that the
    browser sent before it knew (a click while a file is taken out, or just when the app emptied the box) still names them.
    """
    held = st.session_state.get(box) or []
    return [file for file in (held if isinstance(held, list) else [held]) if not isinstance(file, DeletedFile)]
