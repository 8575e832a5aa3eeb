"""`python -m audit`, as an auditor runs it: exit codes, one line of error, nothing created by accident."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from audit import SqlStore, decision_from_payload
from audit.__main__ import main
from audit.canonical import canonical
from tests.audit.builders import blobs_of, decision, flagged

RECORDED = decision()


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPARSEMIX_AUDIT_DB", str(tmp_path / "audit.db"))
    store = SqlStore(tmp_path / "audit.db")
    store.record_decision(RECORDED, blobs_of())
    store.record_review(flagged(RECORDED.id, comment="wrong pump"))
    store.record_event("r1", "export", "all", {"rows": 1})
    store.close()
    return tmp_path / "audit.db"


def forge(db: Path, *statements: str) -> None:
    with closing(sqlite3.connect(db)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


def test_verify_a_valid_record(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify"]) == 0
    assert capsys.readouterr().out.startswith("valid: 3 entries, 1 decisions, 1 reviews, 1 events, 2 blobs")
    assert main(["verify", "--db", f"sqlite:///{db}", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_verify_names_the_bad_entry(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge(db, "UPDATE reviews SET comment='fine'")
    assert main(["verify"]) == 1
    assert "entry 2 (review" in capsys.readouterr().out
    assert main(["verify", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problem_seq"] == 2


@pytest.mark.parametrize("content", [None, b"", b"not a database" * 100])
def test_unreadable_databases_give_two(tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]) -> None:
    db = tmp_path / "audit.db"
    if content is not None:
        db.write_bytes(content)
    for command in (["verify"], ["log"], ["show", RECORDED.id], ["export", "--out", str(tmp_path / "x")]):
        assert main([command[0], "--db", str(db), *command[1:]]) == 2
        errors = capsys.readouterr().err
        assert errors.startswith("error: ")
        assert errors.count("\n") == 1
        assert "path" in errors
    assert db.exists() is (content is not None)
    assert not (tmp_path / "x").exists()


def test_checkpoints_catch_a_cut_tail(db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, out = tmp_path / "k" / "audit.key", tmp_path / "log.checkpoint"
    key.parent.mkdir()
    sign = ["checkpoint", "--key", str(key), "--out", str(out)]
    check = ["verify", "--checkpoint", str(out), "--public-key", f"{key}.pub"]
    assert main(sign) == 0
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert main(check) == 0
    assert "agrees with the checkpoint of 3 entries" in capsys.readouterr().out
    assert main(sign) == 0
    forge(db, "DELETE FROM log WHERE seq=3", "DELETE FROM payloads WHERE seq=3")
    assert main(["verify"]) == 0
    assert main(check) == 1
    assert "Entry 3 is missing" in capsys.readouterr().out
    before = out.read_text()
    assert main(sign) == 1
    assert "nothing was signed" in capsys.readouterr().err
    assert out.read_text() == before
    out.write_text(before.replace("\n3\n", "\n2\n"))
    assert main(check) == 1
    out.write_text("no checkpoint")
    assert main(check) == 2


def test_a_checkpoint_needs_its_key(db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--checkpoint", str(tmp_path / "c")]) == 2
    assert "--public-key" in capsys.readouterr().err
    assert main(["verify", "--checkpoint", str(tmp_path / "c"), "--public-key", str(tmp_path / "p")]) == 2
    assert "check the path" in capsys.readouterr().err


def test_log_lists_every_entry(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log"]) == 0
    assert [line.split()[2] for line in capsys.readouterr().out.splitlines()] == [
        "decision",
        "review",
        "export",
    ]
    assert main(["log", "--json"]) == 0
    assert [json.loads(line)["seq"] for line in capsys.readouterr().out.splitlines()] == [1, 2, 3]


def test_forged_text_does_not_reach_the_terminal(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge(db, "UPDATE log SET actor=CAST(x'1b5d30ff0a' AS TEXT) WHERE seq=3")
    assert main(["log"]) == 0
    assert capsys.readouterr().out.splitlines()[2].split()[3] == r"\x1b]0\udcff\n"
    forge(db, "UPDATE decisions SET label=char(27)")
    assert main(["show", RECORDED.id]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_show_one_decision(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", RECORDED.id, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert decision_from_payload(shown["decision"]) == RECORDED
    assert (shown["gate"], len(shown["reviews"])) == ("rejected", 1)
    assert [pair["layer"] for pair in shown["reviews"][0]["pairs"]] == [0, None]
    assert main(["show", RECORDED.id]) == 0
    out = capsys.readouterr().out
    assert "wrong pump\n    pair (query 5, key 2, layer 0, head 1): relevant pump before stop\n" in out
    assert "    pair (query 9, key 4): missing\n" in out
    assert main(["show", "unknown"]) == 2
    assert "unknown" in capsys.readouterr().err


def test_an_export_can_be_checked_without_this_package(db: Path, tmp_path: Path) -> None:
    out = tmp_path / "log.jsonl"
    assert main(["export", "--out", str(out)]) == 0
    lines = out.read_bytes().splitlines()
    previous = "0" * 64
    for number, line in enumerate(lines, start=1):
        entry = json.loads(line)
        salt, payload, own = entry.pop("salt"), entry.pop("payload"), entry.pop("hash")
        assert hashlib.sha256(bytes.fromhex(salt) + payload.encode()).hexdigest() == entry["p"]
        assert hashlib.sha256(b"\x00" + canonical(entry)).hexdigest() == own
        assert (entry["seq"], entry["prev"]) == (number, previous)
        previous = own
    assert len(lines) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audit.db", "log.jsonl"]


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    out = capsys.readouterr().out
    assert all(command in out for command in ("verify", "checkpoint", "log", "show", "export", "Exit codes"))
