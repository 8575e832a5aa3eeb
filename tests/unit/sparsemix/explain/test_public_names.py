"""The public face of explanations: every name that it promises is there."""

from __future__ import annotations

from sparsemix import explain


def test_every_public_name_is_there() -> None:
    assert all(getattr(explain, name) is not None for name in explain.__all__)
