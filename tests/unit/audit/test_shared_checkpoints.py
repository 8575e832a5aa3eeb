"""In a folder where everybody may write, what the log's key did not sign neither stops the signing nor hides a checkpoint."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import AuditStore, Tampered, load_key, public_key, sign_checkpoint
from audit.checkpoint_schedule import CheckpointKeeper, signed_in
from audit.transparency.outside import Outside
from audit.transparency.tiles import check_tiles

FORGED = sign_checkpoint(Ed25519PrivateKey.generate(), 99, "00" * 32)
PLANTED: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "nowhere": lambda path: path.symlink_to("nowhere"),
    "loop": lambda path: path.symlink_to(path.name),
    "junk": lambda path: path.write_bytes(b"junk"),
    "no text": lambda path: path.write_bytes(b"\xff"),
    "huge": lambda path: path.write_bytes(b"x" * 2**20),
    "forged": lambda path: path.write_text(FORGED, encoding="utf-8"),
}


@pytest.fixture
def store(tmp_path: Path) -> AuditStore:
    opened = AuditStore(tmp_path / "audit.db")
    note(opened, 5)
    keeper(opened, tmp_path).look()
    note(opened, 1)
    keeper(opened, tmp_path).newest()
    return opened


def note(store: AuditStore, count: int) -> None:
    for i in range(count):
        store.record_event("a", "note", str(i), {})


def keeper(store: AuditStore, tmp_path: Path) -> CheckpointKeeper:
    return CheckpointKeeper(store, tmp_path / "key", tmp_path / "share", outside=Outside(tiles=True))


def verifier(tmp_path: Path) -> str:
    return public_key(load_key(tmp_path / "key"))


@pytest.mark.parametrize("name", ["checkpoint-000000000099.txt", "newest.txt", "checkpoint"])
@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_file_is_passed_over_and_named(store: AuditStore, tmp_path: Path, kind: str, name: str) -> None:
    path = tmp_path / "share" / name
    path.unlink(missing_ok=True)
    PLANTED[kind](path)
    schedule = keeper(store, tmp_path)
    assert schedule.look(now=True) == tmp_path / "share" / "checkpoint-000000000006.txt"
    # A link that leads nowhere is no file of the name; one of the series is listed all the same.
    told = [] if kind in ("nowhere", "loop") and name != "checkpoint-000000000099.txt" else [str(path)]
    assert [passed.split(" is ")[0].split(" cannot ")[0] for passed in schedule.passed_over] == told
    assert schedule.publish() == []
    assert check_tiles(tmp_path / "share", verifier(tmp_path)).size == 6
    assert [file.checkpoint.size for file in signed_in(tmp_path / "share", verifier(tmp_path), last=1)] == [6]


def test_of_many_planted_files_a_few_are_named_and_the_rest_counted(store: AuditStore, tmp_path: Path) -> None:
    for number in range(100, 140):
        (tmp_path / "share" / f"checkpoint-{number:012d}.txt").write_bytes(b"junk")
    schedule = keeper(store, tmp_path)
    schedule.look(now=True)
    assert len(schedule.passed_over) == 6
    assert schedule.passed_over[-1] == f"35 more files in {tmp_path / 'share'}"


def test_an_old_checkpoint_under_a_new_name_hides_nothing(store: AuditStore, tmp_path: Path) -> None:
    keeper(store, tmp_path).look(now=True)
    for number in range(90, 95):
        shutil.copy(tmp_path / "share" / "checkpoint-000000000005.txt", tmp_path / "share" / f"checkpoint-{number:012d}.txt")
    for last in (1, 2):
        found = signed_in(tmp_path / "share", verifier(tmp_path), last=last)
        assert found[-1].path.name == "checkpoint-000000000006.txt"


@pytest.mark.parametrize("name", ["checkpoint-000000000099.txt", "newest.txt", "checkpoint"])
@pytest.mark.parametrize("size", [5, 6, 99])
def test_what_the_key_signed_and_contradicts_is_found_as_before(
    store: AuditStore, tmp_path: Path, size: int, name: str
) -> None:
    other = sign_checkpoint(load_key(tmp_path / "key"), size, "00" * 32)
    (tmp_path / "share" / name).write_text(other, encoding="utf-8")
    (tmp_path / "share" / "checkpoint-000000000098.txt").write_bytes(b"junk")
    with pytest.raises(Tampered):
        keeper(store, tmp_path).look(now=True)


def test_another_key_signs_nothing_into_the_folder(store: AuditStore, tmp_path: Path) -> None:
    (tmp_path / "key").unlink()
    with pytest.raises(Tampered, match=r"checkpoint-000000000005\.txt is not signed by the key of this log"):
        keeper(store, tmp_path).look(now=True)
