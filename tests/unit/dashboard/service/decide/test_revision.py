"""Which code made a decision is said of an installed copy too, where there is no git."""

from __future__ import annotations

import subprocess
from importlib.metadata import PackageNotFoundError

import pytest

from dashboard.service.decide import revision


class Installed:
    version = "0.1.0"

    def __init__(self, origin: str | None) -> None:
        self._origin = origin

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return self._origin


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (None, "sparsemix 0.1.0 installed"),
        ('{"url": "file:///srv/sparsemix.whl", "archive_info": {}}', "sparsemix 0.1.0 installed"),
        ('{"url": "https://x/y", "vcs_info": {"vcs": "git", "commit_id": "abc"}}', "sparsemix 0.1.0 git abc installed"),
    ],
)
def test_an_installed_copy_is_named_by_its_metadata(monkeypatch: pytest.MonkeyPatch, origin: str | None, said: str) -> None:
    monkeypatch.setattr(revision, "IN_CHECKOUT", False)
    monkeypatch.setattr(revision, "distribution", lambda _name: Installed(origin))
    assert revision.code_revision.__wrapped__() == said


def test_a_copy_without_metadata_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Installed:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(revision, "IN_CHECKOUT", False)
    monkeypatch.setattr(revision, "distribution", missing)
    assert revision.code_revision.__wrapped__() == "sparsemix of unknown version"


def test_a_git_that_does_not_answer_leaves_commit_and_changes_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("git", 10)

    monkeypatch.setattr(revision.shutil, "which", lambda _name: "git")
    monkeypatch.setattr(type(revision.PACKAGES), "exists", lambda _path: True)
    monkeypatch.setattr(revision.subprocess, "run", slow)
    assert revision.code_revision.__wrapped__().endswith(" git unknown+changes")
