"""Labels as people write them: which of them say that nothing is wrong."""

from __future__ import annotations

import math

from sparsemix.errors import InputError

NORMAL = frozenset(
    (
        *("0", "normal", "ok", "good", "pass", "passed", "healthy", "benign", "negative", "false", "no", "none", "fine"),
        *("正常", "良品", "合格", "良", "無"),
    )
)
_MAX_LABEL = 200


def is_normal(label: str) -> bool:
    """Whether a label says that nothing is wrong."""
    return label.strip().lower() in NORMAL


def label_text(value: object, where: str) -> str | None:
    """A label as text; None for null, nothing and not a number: it is not known. Raises InputError for what is no label."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if not isinstance(value, str | int | float):
        raise InputError(
            f"{where}: a label must be a text or a number, not {type(value).__name__}.", code="bad_label", where=where
        )
    text = str(value).strip()
    if len(text) > _MAX_LABEL:
        raise InputError(f"{where}: the label has more than {_MAX_LABEL} characters.", code="bad_label", where=where)
    return text if text and text.lower() not in ("nan", "null") else None
