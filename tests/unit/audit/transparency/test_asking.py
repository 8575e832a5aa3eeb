"""What a witness answers, and what lies beside a checkpoint: a hostile one costs only its own cosignature."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import InvalidRecord, StoreUnavailable, Tampered
from audit.log.cosignatures import WitnessKey, cosign, new_witness_key
from audit.log.notes import Note
from audit.transparency.asking import ask, cosignature_file, cosigned, keep
from audit.transparency.policy import Policy, WitnessEntry
from tests.support.audit.signed_log import SignedLog

GOOD, BAD = (new_witness_key(f"plant.example/{name}", ed25519=True) for name in ("good", "bad"))
POLICY = Policy((), tuple(WitnessEntry(key.name, key.verifier, "http://any") for key in (GOOD, BAD)), {}, None)


def lines(log: SignedLog, key: WitnessKey, *times: int) -> str:
    return "".join(str(cosign(key, Note.parse(log.note()), at)) for at in times)


def answered(log: SignedLog, answer: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("audit.transparency.asking.post", lambda *_, **__: (200, answer.encode()))
    return ask(POLICY.witnesses[0], log.note(), 0, lambda _old: [])


def test_the_newest_line_of_the_witness_itself_is_kept(log: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.grow(5)
    answer = lines(log, GOOD, 7, 300, 8) + lines(log, BAD, 9)
    assert answered(log, answer, monkeypatch) == lines(log, GOOD, 300)


def test_what_no_reader_takes_is_not_kept(log: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.grow(5)
    for answer in (lines(log, GOOD, 7) * 700, lines(log, GOOD, 2**53), lines(log, GOOD, 2**62), lines(log, BAD, 7), "", "junk"):
        with pytest.raises(StoreUnavailable, match="cannot be used"):
            answered(log, answer, monkeypatch)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"junk\n", InvalidRecord),
        (b"\xff", InvalidRecord),
        (b"x" * 70_000, InvalidRecord),
        (b"COPIES", InvalidRecord),
        (b"LATE", Tampered),
        (b"OTHER", Tampered),
    ],
)
def test_a_bad_file_is_left_out_and_named(log: SignedLog, tmp_path: Path, content: bytes, kind: type[Exception]) -> None:
    other = lines(log.grow(4), BAD, 7)
    written = {b"OTHER": other, b"COPIES": lines(log.grow(5), BAD, 7) * 9, b"LATE": lines(log, BAD, 2**53)}
    checkpoint = tmp_path / "checkpoint-000000000005.txt"
    checkpoint.write_text(log.note(), encoding="utf-8")
    keep(checkpoint, GOOD.verifier, lines(log, GOOD, 7))
    bad = cosignature_file(checkpoint, BAD.verifier)
    bad.write_bytes(written[content].encode() if content in written else content)
    found = cosigned(checkpoint, POLICY)
    assert str(found.note) == log.note() + lines(log, GOOD, 7)
    (error,) = found.left_out
    assert type(error) is kind and BAD.name in str(error) and str(bad) in str(error)
