"""The import paths that the documentation named before the modules moved into rooms."""

import importlib

import pytest

PATHS = [
    ("sparsemix.drift", "sparsemix.monitoring.drift", ("Watch", "profile_of")),
    ("sparsemix.diversity", "sparsemix.monitoring.diversity", ("aspects",)),
]


@pytest.mark.parametrize(("first", "room", "names"), PATHS)
def test_a_first_import_path_gives_what_the_room_has(first: str, room: str, names: tuple[str, ...]) -> None:
    for name in names:
        assert getattr(importlib.import_module(first), name) is getattr(importlib.import_module(room), name)
