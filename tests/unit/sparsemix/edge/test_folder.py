"""Decisions on disk: whole, tied to each other, and read with distrust."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sparsemix.edge import folder
from sparsemix.edge.folder import Chain
from sparsemix.errors import EdgeError


def add(out: Path, number: int = 1, device: str | None = None) -> list[Path]:
    made = []
    for _ in range(number):
        with folder.writing(out, device) as chain:
            parts = {folder.INPUT: f"log {chain.number}".encode(), folder.EVENTS: bytes(4)}
            made.append(folder.write(out, chain, {"name": "a.log"}, parts)[0])
    return made


def test_decisions_are_tied_to_the_one_before(tmp_path: Path) -> None:
    made = add(tmp_path, 3)
    assert folder.folders(tmp_path) == made
    kept = [folder.read(path) for path in made]
    assert [one.content["number"] for one in kept] == [1, 2, 3]
    assert [one.content["previous"] for one in kept] == [folder.NOTHING, kept[0].sha256, kept[1].sha256]
    assert kept[1].content["previous_input"] == kept[0].content["parts"][folder.INPUT]["sha256"]
    assert kept[2].parts[folder.INPUT] == b"log 2"
    assert folder.head(tmp_path) == kept[2].chain
    assert len({one.content["device"] for one in kept}) == 1


def test_a_device_can_be_named_and_keeps_its_folder(tmp_path: Path) -> None:
    add(tmp_path, device="press-4")
    assert folder.read(add(tmp_path)[0]).content["device"] == "press-4"
    for other in ("press-5", "a b", "", "x" * 65):
        with pytest.raises(EdgeError, match="device"):
            add(tmp_path, device=other)


def test_what_was_renamed_before_the_chain_was_written_counts(tmp_path: Path) -> None:
    add(tmp_path, 2)
    before = (tmp_path / folder.CHAIN).read_bytes()
    add(tmp_path)
    (tmp_path / folder.CHAIN).write_bytes(before)
    assert folder.read(add(tmp_path)[0]).content["number"] == 4
    (tmp_path / folder.CHAIN).unlink()
    assert folder.read(add(tmp_path)[0]).content["number"] == 5


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken, pytest.raises(EdgeError, match="No space left"):
        broken.setattr(folder, "_write_synced", full)
        add(tmp_path)
    assert folder.folders(tmp_path) == []
    assert not list(tmp_path.glob(".new-*"))
    assert folder.read(add(tmp_path)[0]).content["number"] == 1


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".new-5f").mkdir()
    (tmp_path / ".new-5f" / folder.INPUT).write_bytes(b"half")
    add(tmp_path)
    assert not list(tmp_path.glob(".new-*"))


def said(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what decision.json says."""
    found = json.loads((path / folder.DECISION).read_bytes())
    change(found)
    (path / folder.DECISION).write_text(json.dumps(found))


CHANGES: dict[str, Callable[[Path], object]] = {
    "input changed": lambda path: (path / folder.INPUT).write_bytes(b"log x"),
    "input longer": lambda path: (path / folder.INPUT).write_bytes(b"log 0 and more"),
    "input gone": lambda path: (path / folder.INPUT).unlink(),
    "no json": lambda path: (path / folder.DECISION).write_bytes(b"{"),
    "a list": lambda path: (path / folder.DECISION).write_bytes(b"[]"),
    "nested": lambda path: (path / folder.DECISION).write_bytes(b"[" * 100_000),
    "too long": lambda path: (path / folder.DECISION).write_bytes(b" " * 2**20 + b"{}"),
    "another format": lambda path: said(path, lambda found: found.update(format="else")),
    "no number": lambda path: said(path, lambda found: found.pop("number")),
    "number 0": lambda path: said(path, lambda found: found.update(number=0)),
    "number in words": lambda path: said(path, lambda found: found.update(number="1")),
    "no hash before": lambda path: said(path, lambda found: found.update(previous="x")),
    "no input before": lambda path: said(path, lambda found: found.update(previous_input="x")),
    "parts are a list": lambda path: said(path, lambda found: found.update(parts=[])),
    "a part elsewhere": lambda path: said(path, lambda found: found["parts"].update({"../b": found["parts"]["input"]})),
    "a part without size": lambda path: said(path, lambda found: found["parts"]["input"].pop("bytes")),
    "a part of negative size": lambda path: said(path, lambda found: found["parts"]["input"].update(bytes=-2)),
    "a part of no size": lambda path: said(path, lambda found: found["parts"]["input"].update(bytes=True)),
    "a part that is too large": lambda path: said(path, lambda found: found["parts"]["input"].update(bytes=2**40)),
    "parts too large together": lambda path: said(
        path,
        lambda found: found["parts"].update({f"layer-{n}.arrow": found["parts"]["input"] | {"bytes": 2**29} for n in range(3)}),
    ),
    "a device with a path": lambda path: said(path, lambda found: found.update(device="../x")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_was_changed_is_refused(tmp_path: Path, change: Callable[[Path], object]) -> None:
    (path,) = add(tmp_path)
    change(path)
    with pytest.raises(EdgeError, match=path.name):
        folder.read(path)


def test_links_lead_nowhere(tmp_path: Path) -> None:
    out, secret = tmp_path / "out", tmp_path / "secret"
    (path,) = add(out)
    secret.write_bytes((path / folder.INPUT).read_bytes())
    (path / folder.INPUT).unlink()
    (path / folder.INPUT).symlink_to(secret)
    with pytest.raises(EdgeError, match="cannot be read"):
        folder.read(path)
    (out / f"000002-{'0' * 12}").symlink_to(path)
    assert folder.folders(out) == [path]


@pytest.mark.parametrize("text", ["{", "[]", '{"device": "a", "number": "1"}', '{"device": "a", "number": 1, "sha256": "x"}'])
def test_a_damaged_chain_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / folder.CHAIN).write_text(text)
    with pytest.raises(EdgeError):
        folder.head(tmp_path)


def test_an_empty_folder_has_no_chain(tmp_path: Path) -> None:
    assert folder.head(tmp_path) is None
    assert folder.folders(tmp_path) == []
    assert Chain("a").sha256 == folder.NOTHING
    with pytest.raises(EdgeError, match="Cannot read"):
        folder.folders(tmp_path / "none")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EdgeError, match="Cannot write"):
        add(tmp_path / "file")
