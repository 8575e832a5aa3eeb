"""Tables with headings in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from dashboard.texts import Texts


def frame(rows: Iterable[Sequence[object]], topic: str, names: Iterable[str], t: Texts) -> pd.DataFrame:
    """Return rows as a table; every column is headed by what the texts of a topic call it (`Texts.heading`)."""
    return pd.DataFrame(rows, columns=[t.heading(topic, name) for name in names])
