"""How commands end: an error never gives exit code 0, and every error is one line."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit import AuditStore, StoreUnavailable, gate
from audit.__main__ import main
from audit.export import verify_bundle
from tests.support.audit.forging import edit
from tests.support.audit.team import record
from tests.support.paths import ROOT


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("SPARSEMIX_DATABASE_URL", raising=False)
    monkeypatch.setenv("SPARSEMIX_AUDIT_DB", str(tmp_path / "audit.db"))
    store = AuditStore(tmp_path / "audit.db")
    id = record(store)
    store.close()
    return id


def run_closed(*arguments: str) -> int:
    """Run a command whose standard output nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "audit", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.DEVNULL, check=False)
    os.close(writer)
    return done.returncode


def test_a_reader_that_leaves_early_opens_no_gate(held: str) -> None:
    # 2 when nothing could be printed: a decision that is not known to be released is not released.
    assert run_closed("gate", held) in (2, 3)
    assert run_closed("gate", "f" * 32) == 2


def test_a_reader_that_leaves_early_makes_no_record_valid(held: str, tmp_path: Path) -> None:
    edit(f"sqlite:///{tmp_path / 'audit.db'}", "UPDATE decisions SET score=0.1")
    assert run_closed("verify") in (1, 2)


def test_without_standard_output_the_code_alone_counts(held: str) -> None:
    command = f'"{sys.executable}" -m audit gate {held} >&-'
    assert subprocess.run(command, cwd=ROOT, shell=True, check=False).returncode == 3  # noqa: S602


@pytest.mark.parametrize("id", [2**70, None, "", "\0", "ü" * 10_000])
def test_whatever_is_asked_the_gate_answers(held: str, tmp_path: Path, id: object) -> None:
    store = AuditStore(tmp_path / "audit.db", read_only=True)
    assert not gate(store, id)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "arguments",
    [
        ["user", "roles", "root"],
        ["user", "add"],
        ["checkpoint", "--out", "c", "--watch"],
        ["checkpoint", "--dir", "d", "--watch", "--every", "-5"],
        ["checkpoint", "--dir", "d", "--minutes", "nan"],
    ],
)
def test_contradictions_are_told_before_anything_happens(held: str, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def test_no_password_is_one_line(held: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["user", "add", "root", "--role", "admin", "--password-stdin"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("address", ["postgresql://h:abc/db", "postgresql://[::1", "mysql://x/y", "sqlite://"])
def test_addresses_that_are_none_are_refused(address: str) -> None:
    with pytest.raises(StoreUnavailable):
        AuditStore(address)


def test_an_interruption_is_one_line(held: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(AuditStore, "verify", interrupt)
    assert main(["verify"]) == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_a_fault_of_the_program_never_reads_as_tampered(
    held: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fault(*given: object, **more: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(AuditStore, "verify", fault)
    assert main(["verify"]) == 2
    told = capsys.readouterr().err
    assert "ValueError: a bug" in told
    assert "says nothing about the record" in told
    monkeypatch.setattr(verify_bundle, "verify", fault)
    assert verify_bundle.main([held]) == 2
    assert "says nothing about the bundle" in capsys.readouterr().err


def test_watching_ends_with_one_when_the_log_was_rewritten(
    held: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["checkpoint", "--dir", str(tmp_path / "cp")]) == 0
    edit(f"sqlite:///{tmp_path / 'audit.db'}", "UPDATE log SET actor='eve'")
    assert main(["checkpoint", "--dir", str(tmp_path / "cp"), "--watch"]) == 1
    assert "changed" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["feedback", "--out", "{}/f.zip"], ["export", "--out", "{}/b"], ["erase", "--due"]])
def test_a_mistyped_path_makes_no_record(tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    db = tmp_path / "nowhere.db"
    assert main([*(argument.format(tmp_path) for argument in command), "--db", str(db)]) == 2
    assert f"there is no audit database at {db}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
