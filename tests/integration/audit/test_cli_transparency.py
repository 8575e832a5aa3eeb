"""Tiles, proofs and witnesses from the shell: what is enough, what is not, and what is wrong, by the exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from audit import AuditStore
from audit.__main__ import main
from audit.log.cosignatures import cosign, new_witness_key
from audit.log.notes import Note
from audit.transparency.asking import cosignature_file, keep
from tests.support.audit.served_witness import served_witness
from tests.support.audit.time_authority import make_authority, served_authority


class Desk:
    """A record and what lies around it."""

    def __init__(self, folder: Path) -> None:
        self.db, self.out, self.policy = folder / "audit.db", folder / "out", folder / "policy"
        self.key, self.folder = self.out / "public_key.txt", folder
        self.grow(6)

    def grow(self, count: int, word: str = "note") -> None:
        store = AuditStore(self.db)
        for n in range(count):
            store.record_event("a", word, str(n), {})
        store.close()

    def run(self, *arguments: object) -> int:
        return main([str(argument) for argument in arguments])

    def sign(self, *options: object) -> int:
        return self.run("checkpoint", "--dir", self.out, "--db", self.db, *options)

    def note(self, size: int) -> Path:
        return self.out / f"checkpoint-{size:012d}.txt"

    def verify(self, size: int, *options: object) -> int:
        return self.run("verify", "--db", self.db, "--checkpoint", self.note(size), "--public-key", self.key, *options)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in ("SPARSEMIX_WITNESSES", "SPARSEMIX_TILES", "SPARSEMIX_TIME_AUTHORITY"):
        monkeypatch.delenv(name, raising=False)
    return Desk(tmp_path)


def test_a_checkpoint_is_cosigned_stamped_and_verified(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_authority(desk.folder / "authority")
    assert desk.sign() == 0
    with (
        served_witness(desk.folder / "w1", desk.key.read_text()) as (url, verifier),
        served_authority(desk.folder / "authority") as tsa,
    ):
        desk.policy.write_text(f"witness lab {verifier} {url}\nquorum lab\n", encoding="utf-8")
        assert desk.verify(6, "--witnesses", desk.policy) == 2
        assert "cosigned by nobody" in capsys.readouterr().err
        assert desk.sign("--witnesses", desk.policy, "--time-authority", tsa, "--tiles") == 0
    assert desk.verify(6, "--witnesses", desk.policy, "--cosigned", 1, "--time-certificates", root) == 0
    assert "cosigned by lab at 2" in (out := capsys.readouterr().out) and "stamped at 2" in out
    assert desk.verify(6, "--witnesses", desk.policy, "--time-certificates", root, "--json") == 0
    checkpoint = json.loads(capsys.readouterr().out)["checkpoint"]
    assert checkpoint["cosigned"][0]["witness"] == "lab" and checkpoint["stamped_at"].endswith("Z") and checkpoint["size"] == 6
    assert desk.verify(6, "--witnesses", desk.policy, "--cosigned", 2) == 2
    assert desk.verify(6, "--cosigned", 1) == 2
    assert desk.run("verify", "--db", desk.db, "--witnesses", desk.policy) == 2
    for ending in ("cosig", "tsr"):  # those of another checkpoint
        (path,) = desk.out.glob(f"checkpoint-*6.*{ending}")
        desk.grow(1)
        assert desk.sign() == 0
        size = int(max(desk.out.glob("checkpoint-*.txt")).stem[-12:])
        shutil.copy(path, path.with_name(path.name.replace("000000000006", f"{size:012d}")))
        assert desk.verify(size, "--witnesses", desk.policy, *(["--time-certificates", root] if ending == "tsr" else [])) == 1
        for copied in desk.out.glob(f"checkpoint-{size:012d}.*cosig"):
            copied.unlink()
        desk.policy.write_text("quorum none\n", encoding="utf-8")


def test_tiles_and_a_witness_of_the_folder(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    w1 = desk.folder / "w1"
    assert desk.run("witness", "init", w1, "--name", "lab/w1", "--ed25519") == 0
    assert desk.run("witness", "init", w1, "--name", "lab/w1") == 2
    assert desk.run("witness", "follow", w1, desk.out) == 2
    assert desk.run("tiles", "write", desk.out, "--db", desk.db) == 0
    assert desk.run("witness", "follow", w1, desk.out) == 2
    assert "does not follow the log" in capsys.readouterr().err
    assert desk.run("witness", "trust", w1, desk.key) == desk.run("witness", "follow", w1, desk.out) == 0
    desk.grow(300)
    assert desk.run("tiles", "write", desk.out, "--db", desk.db) == desk.run("witness", "follow", w1, desk.out) == 0
    assert desk.run("tiles", "check", desk.out, "--public-key", desk.key) == 0
    assert "valid: 306 entries" in capsys.readouterr().out
    assert desk.run("witness", "list", w1) == 0
    assert "306 entries" in capsys.readouterr().out
    bundle = desk.out / "tile" / "entries" / "000"
    bundle.write_bytes(bundle.read_bytes().replace(b"note", b"mote", 1))
    assert desk.run("tiles", "check", desk.out, "--public-key", desk.key) == 1


def test_a_proof_of_one_entry(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.sign() == 0
    proof = desk.folder / "3.tlog-proof"
    write = ("proof", "write", 3, "--db", desk.db, "--checkpoint", desk.note(6), "--out", proof, "--content")
    assert desk.run(*write) == desk.run("proof", "check", proof, "--public-key", desk.key) == 0
    assert "valid: entry 3 (note 2)" in capsys.readouterr().out
    proof.write_text(proof.read_text().replace("index 2", "index 3"), encoding="utf-8")
    assert desk.run("proof", "check", proof, "--public-key", desk.key) == 1
    for outside in (0, 7):
        assert desk.run("proof", "write", outside, *write[3:]) == 2


def test_a_bad_cosignature_counts_as_none(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.sign() == 0
    note, proof = desk.note(6), desk.folder / "3.tlog-proof"
    good, evil = (new_witness_key(f"lab/{name}", ed25519=True) for name in ("good", "evil"))
    signed = Note.parse(note.read_text(encoding="utf-8"))
    keep(note, good.verifier, str(cosign(good, signed, 7)))
    bad = cosignature_file(note, evil.verifier)
    for content, code in (("junk\n", 2), (str(cosign(evil, signed, 2**53)), 1), (str(cosign(evil, signed, 2**62)), 1)):
        bad.write_text(content, encoding="utf-8")
        for least, expected in (("any", 0), ("all", code)):
            text = f"witness g {good.verifier}\nwitness e {evil.verifier}\ngroup both {least} g e\nquorum both\n"
            desk.policy.write_text(text, encoding="utf-8")
            assert desk.verify(6, "--witnesses", desk.policy) == expected
            assert f"the cosignature of e in {bad} does not count" in "".join(capsys.readouterr())
            write = ("proof", "write", 3, "--db", desk.db, "--checkpoint", note, "--out", proof, "--witnesses", desk.policy)
            assert desk.run(*write) == 0
            assert f"{bad} does not count" in capsys.readouterr().out
            # Somebody else's program put the bad one into the proof.
            proof.write_text(proof.read_text(encoding="utf-8") + content.removeprefix("junk\n"), encoding="utf-8")
            check = ("proof", "check", proof, "--public-key", desk.key, "--witnesses", desk.policy)
            assert desk.run(*check) == expected
            assert ("e in" in "".join(capsys.readouterr())) == (code == 1)


@pytest.mark.parametrize(
    "arguments",
    [
        *(["witness", "serve", "w", "--port", port] for port in ("99999", "-1", "8602.0", "9" * 5000)),
        *(["witness", "serve", "w", "--host", host] for host in ("h\u00f6st", "", "a..b", "a" * 64, "a b", "a\0")),
        *(["witness", "follow", "w", "log", "--watch", pause] for pause in ("-1", "0", "nan", "inf", "1e300", "soon")),
        *(["verify", "--cosigned", least] for least in ("-5", "0", "1e3")),
    ],
    ids=lambda arguments: " ".join(arguments[-2:])[:20],
)
def test_impossible_options_are_refused_in_words(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert f"argument {arguments[-2]}: " in capsys.readouterr().err


def test_a_log_that_was_put_back_ends_with_one(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    older = shutil.copy(desk.db, desk.folder / "older.db")
    desk.grow(4)
    assert desk.sign() == 0
    with served_witness(desk.folder / "w1", desk.key.read_text()) as (url, verifier):
        desk.policy.write_text(f"witness lab {verifier} {url}\nquorum lab\n", encoding="utf-8")
        assert desk.sign("--witnesses", desk.policy) == 0
        shutil.copy(older, desk.db)
        shutil.rmtree(desk.out)
        assert desk.sign("--witnesses", desk.policy) == 1
        assert "rolled back: the witness lab cosigned 10 entries, it has 6" in capsys.readouterr().err
        desk.grow(5, "other")
        assert desk.sign("--witnesses", desk.policy) == 1
        assert "rewritten or rolled back" in capsys.readouterr().err
