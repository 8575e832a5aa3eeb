"""`python -m audit` as an auditor runs it: exit codes, one line for an error, nothing created by accident."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from audit import AuditStore, Verdict, decision_from_payload
from audit.__main__ import main
from audit.records.records import PairReview
from audit.records.vocabulary import PairVerdict
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.forging import edit
from tests.support.audit.team import give
from tests.support.paths import ROOT

RECORDED = decision()
PAIRS = (PairReview(0, 1, 5, 2, PairVerdict.RELEVANT, "pump before stop"), PairReview(None, None, 9, 4, PairVerdict.MISSING))


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPARSEMIX_DATABASE_URL", raising=False)
    monkeypatch.setenv("SPARSEMIX_AUDIT_DB", str(tmp_path / "audit.db"))
    store = AuditStore(tmp_path / "audit.db")
    store.record_decision(RECORDED, blobs_of())
    access = store.single_user("Tanaka")
    give(access, RECORDED.id, Verdict.FLAG, pairs=PAIRS, comment="wrong pump")
    store.record_event("r1", "note", "all", {"rows": 1})
    store.close()
    return tmp_path / "audit.db"


def forge(db: Path, *statements: str) -> None:
    edit(str(db), *statements)


def test_verify_a_valid_record(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify"]) == 0
    assert capsys.readouterr().out.startswith("valid: 3 entries, 1 decisions, 1 reviews, 1 events, 0 erased, 2 blobs")
    assert main(["verify", "--db", f"sqlite:///{db}", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_verify_names_the_bad_entry(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge(db, "UPDATE reviews SET verdict='approve'")
    assert main(["verify"]) == 1
    assert "entry 2 (review" in capsys.readouterr().out
    assert main(["verify", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problem_seq"] == 2
    assert main(["rebuild", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"decisions": 1}
    assert main(["verify"]) == 0


@pytest.mark.parametrize("content", [None, b"", b"not a database" * 100])
def test_unreadable_databases_give_two(tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]) -> None:
    db = tmp_path / "audit.db"
    if content is not None:
        db.write_bytes(content)
    for command in (["verify"], ["log"], ["stats"], ["show", RECORDED.id]):
        assert main([command[0], "--db", str(db), *command[1:]]) == 2
        errors = capsys.readouterr().err
        assert errors.startswith("error: ")
        assert errors.count("\n") == 1
        assert "path" in errors
    assert db.exists() is (content is not None)


def test_the_gate_answers_by_its_exit_code(db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", RECORDED.id]) == 4
    assert "rejected" in capsys.readouterr().out
    store = AuditStore(db)
    held, released = decision(), decision()
    for id in (held, released):
        store.record_decision(id, {})
    access = store.single_user("Tanaka")
    give(access, released.id)
    store.close()
    assert main(["gate", held.id, "--json"]) == 3
    assert json.loads(capsys.readouterr().out) == {
        "decision_id": held.id,
        "released": False,
        "gate": "held",
        "reason": "held: a person has to decide",
    }
    assert main(["gate", released.id]) == 0
    assert main(["gate", "f" * 32]) == 2
    assert main(["gate", released.id, "--db", str(tmp_path / "none.db")]) == 2
    forge(db, "UPDATE payloads SET payload=replace(payload, 'flag', 'approve') WHERE seq=2")
    capsys.readouterr()
    assert main(["gate", RECORDED.id]) == 2
    assert "not what was recorded" in capsys.readouterr().out


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
    forge(
        db,
        "DELETE FROM log WHERE seq=3",
        "DELETE FROM payloads WHERE seq=3",
        "UPDATE log_head SET size=2, last_hash=(SELECT hash FROM log WHERE seq=2), "
        "ts=(SELECT ts FROM log WHERE seq=2), peaks=substr(peaks, 1, 64)",
    )
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


def test_a_checkpoint_needs_its_key_and_a_place(db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--checkpoint", str(tmp_path / "c")]) == 2
    assert "--public-key" in capsys.readouterr().err
    assert main(["verify", "--checkpoint", str(tmp_path / "c"), "--public-key", str(tmp_path / "p")]) == 2
    assert "check the path" in capsys.readouterr().err
    assert main(["checkpoint"]) == 2
    assert "--out FILE" in capsys.readouterr().err


def test_a_series_of_checkpoints_goes_on_and_notices_a_rewrite(
    db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "outside"
    assert main(["checkpoint", "--dir", str(folder)]) == 0
    assert [path.name for path in sorted(folder.iterdir())] == ["checkpoint-000000000003.txt", "public_key.txt"]
    assert Path(f"{db}.key").exists()
    forge(db, "DELETE FROM log WHERE seq=3", "DELETE FROM payloads WHERE seq=3")
    assert main(["checkpoint", "--dir", str(folder)]) == 1
    assert "3 were signed" in capsys.readouterr().err


def test_log_lists_every_entry(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log"]) == 0
    assert [line.split()[2] for line in capsys.readouterr().out.splitlines()] == ["decision", "review", "note"]
    assert main(["log", "--json"]) == 0
    assert [json.loads(line)["seq"] for line in capsys.readouterr().out.splitlines()] == [1, 2, 3]


def test_forged_text_does_not_reach_the_terminal(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge(db, "UPDATE decisions SET label=char(27)")
    assert main(["show", RECORDED.id]) == 0
    assert "\x1b" not in capsys.readouterr().out
    forge(db, "UPDATE log SET actor=CAST(x'1b5d30ff0a' AS TEXT) WHERE seq=3")
    assert main(["log"]) == 0
    assert capsys.readouterr().out.splitlines()[2].split()[3] == r"\x1b]0\udcff\n"


def test_show_one_decision(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", RECORDED.id, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert decision_from_payload(shown["decision"]) == RECORDED
    assert (shown["gate"], shown["state"], len(shown["reviews"])) == ("rejected", "settled", 1)
    assert [pair["layer"] for pair in shown["reviews"][0]["pairs"]] == [0, None]
    assert main(["show", RECORDED.id]) == 0
    out = capsys.readouterr().out
    assert "wrong pump\n    not signed\n    pair (query 5, key 2, layer 0, head 1): relevant pump before stop\n" in out
    assert "    pair (query 9, key 4): missing\n" in out
    assert main(["show", "unknown"]) == 2
    assert "unknown" in capsys.readouterr().err


def test_stats_tell_the_queue_and_everybodys_work(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats"]) == 0
    out = capsys.readouterr().out
    assert "0 open, 0 disputed, 1 settled" in out
    assert "Tanaka: 1 reviews, 1 flagged" in out
    assert main(["stats", "--json"]) == 0
    stats = json.loads(capsys.readouterr().out)
    assert stats["queue"]["settled"] == 1
    assert stats["people"][0]["name"] == "Tanaka"
    assert stats["agreement"]["pairs"] == []


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_a_bundle_is_checked_by_its_own_program(
    db: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / name
    assert main(["export", "--out", str(out)]) == 0
    assert "wrote 4 entries" in capsys.readouterr().out
    assert main(["export", "--out", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    checker = ROOT / "audit" / "export" / "verify_bundle.py"
    program = out / "verify.py" if out.is_dir() else checker
    clean = tmp_path / "clean"
    clean.mkdir()
    command = [sys.executable, "-I", str(program), str(out)]
    done = subprocess.run(command, cwd=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "valid: 4 entries" in done.stdout


def test_a_forged_record_is_not_exported(db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge(db, "UPDATE decisions SET score=0.1")
    assert main(["export", "--out", str(tmp_path / "b")]) == 1
    assert "nothing was signed" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_erasing_needs_a_reason_and_says_what_it_did(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["erase", RECORDED.id]) == 2
    assert "--why" in capsys.readouterr().err
    assert main(["erase"]) == 2
    assert main(["erase", RECORDED.id, "--why", "asked for", "--early"]) == 0
    assert "erased 1 decisions" in capsys.readouterr().out
    assert main(["verify"]) == 0
    assert main(["erase", "--due"]) == 0
    assert "erased 0 decisions" in capsys.readouterr().out


def test_accounts_from_the_shell(db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def typed(*lines: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    typed("short")
    assert main(["user", "add", "root", "--role", "admin", "--password-stdin"]) == 2
    assert "at least" in capsys.readouterr().err
    typed("a long password")
    assert main(["user", "add", "root", "--role", "admin", "--password-stdin"]) == 0
    typed("a long password", "another long one")
    added = ["user", "add", "ann", "--printed-name", "Ann Sato", "--role", "auditor", "--role", "reviewer"]
    assert main([*added, "--as", "root", "--password-stdin"]) == 0
    typed("a long password")
    assert main(["user", "list", "--as", "root", "--password-stdin"]) == 0
    assert "ann  Ann Sato  auditor, reviewer" in capsys.readouterr().out
    typed("another long one")
    assert main(["user", "list", "--as", "ann", "--password-stdin"]) == 2
    assert "may not" in capsys.readouterr().err
    assert main(["erase", RECORDED.id, "--why", "x", "--early"]) == 2
    assert "--as LOGIN" in capsys.readouterr().err
    typed("a wrong password")
    assert main(["erase", RECORDED.id, "--why", "x", "--early", "--as", "root", "--password-stdin"]) == 2
    typed("a long password")
    assert main(["user", "deactivate", "ann", "--as", "root", "--password-stdin"]) == 0
    typed("another long one")
    assert main(["export", "--out", "b", "--as", "ann", "--password-stdin"]) == 2
    assert main(["verify"]) == 0
    with pytest.raises(SystemExit):
        main(["user", "add"])


def test_grants_are_for_postgresql(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grant", "app"]) == 2
    assert "SQLite has no roles" in capsys.readouterr().err
    assert main(["grant", 'app"; DROP TABLE log']) == 2
    assert "letters" in capsys.readouterr().err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    out = capsys.readouterr().out
    commands = ("verify", "checkpoint", "log", "show", "export", "erase", "replay", "stats", "gate", "user", "grant")
    assert all(command in out for command in (*commands, "Exit codes"))
