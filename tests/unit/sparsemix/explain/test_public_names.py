"""The public face of explanations: every name loads from its module, and an unknown name is an error."""

from __future__ import annotations

import pytest

from sparsemix import explain


def test_every_public_name_loads() -> None:
    assert all(getattr(explain, name) is not None for name in explain.__all__)
    assert set(explain.__all__) == set(explain._MODULE_OF)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'guess'"):
        _ = explain.guess
