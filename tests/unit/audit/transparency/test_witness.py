"""A witness: it cosigns growth, and neither a rollback nor a fork, whatever order requests come in."""

from __future__ import annotations

import hashlib
import http.client
import shutil
import threading
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import Conflict, InvalidRecord, NotFound, StoreUnavailable
from audit.errors import WitnessRefused
from audit.log.checkpoints import sign_checkpoint
from audit.log.cosignatures import cosignature_by
from audit.log.merkle_tree import merkle_root
from audit.log.notes import Note
from audit.transparency.asking import ask
from audit.transparency.following import follow_once
from audit.transparency.policy import WitnessEntry
from audit.transparency.posting import post
from audit.transparency.tiles import publish_tiles
from audit.transparency.witness import Witness, create_witness, request_body
from tests.support.audit.served_witness import served
from tests.support.audit.signed_log import ORIGIN, SignedLog


@pytest.fixture
def witness(tmp_path: Path, log: SignedLog) -> Witness:
    create_witness(tmp_path / "w1", "plant.example/w1")
    made = Witness(tmp_path / "w1", clock=lambda: 1_700_000_000)
    made.trust(log.verifier)
    return made


def request(log: SignedLog, old: int) -> bytes:
    proof = log.tree().at().consistency(old) if 0 < old <= len(log.rows) else []
    return request_body(old, proof, log.note()).encode()


def refusal(witness: Witness, body: bytes) -> tuple[int, int | None]:
    with pytest.raises(WitnessRefused) as raised:
        witness.add_checkpoint(body)
    return raised.value.status, raised.value.size


def test_growth_is_cosigned_and_remembered(witness: Witness, log: SignedLog) -> None:
    line = witness.add_checkpoint(request(log.grow(5), 0))
    assert cosignature_by(witness.key.verifier, Note.parse(log.note() + line)) == ("plant.example/w1", 1_700_000_000)
    again = Witness(witness.folder)
    assert refusal(again, request(log.grow(9), 0)) == (409, 5)
    assert again.add_checkpoint(request(log, 5))
    assert again.add_checkpoint(request(log, 9)), "the same once more, with a newer time"
    (seen,) = again.seen()
    assert (seen.origin, seen.size, seen.root, seen.contradiction) == (ORIGIN, 9, log.tree().root().hex(), None)


def test_a_fork_is_never_cosigned(witness: Witness, log: SignedLog) -> None:
    witness.add_checkpoint(request(log.grow(5), 0))
    witness.add_checkpoint(request(log.grow(9), 5))
    for size in (9, 12):
        assert refusal(witness, request(log.grow(7).grow(size, "forged"), 9)) == (422, None)
    assert refusal(witness, request(log.grow(3).grow(5, "forged"), 0)) == (422, None), "a second log of a size of before"
    assert refusal(witness, request(log.grow(3).grow(6, "forged"), 0)) == (409, 9)
    assert "rewritten" in str(witness.seen()[0].contradiction)
    assert witness.seen()[0].size == 9


def test_only_what_the_log_signed_is_a_contradiction(witness: Witness, log: SignedLog) -> None:
    witness.add_checkpoint(request(log.grow(6), 0))
    for size in (6, 9):  # anybody has these checkpoints, and can send them with any proof
        assert refusal(witness, request_body(6, [bytes(32)] * 3, log.grow(size).note()).encode()) == (422, None)
    assert witness.seen()[0].contradiction is None
    witness.add_checkpoint(request(log, 6))
    assert witness.seen()[0].contradiction is None
    assert refusal(witness, request_body(9, [bytes(32)], log.grow(3).grow(9, "forged").note()).encode()) == (422, None)
    assert witness.seen()[0].contradiction == "the log was rewritten: another log of 9 entries was cosigned before"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff\n\n", 400),
        (b"old 01\n\n{note}", 400),
        (b"old 0\nAA==\n\n{note}", 400),
        (b"old 0\n????\n\n{note}", 400),
        (b"old 0\n" + b"KEY\n" * 64 + b"\n{note}", 400),
        (b"old 6\n\n{note}", 400),
        (b"old 0\n\nother.example/log\n1\nAA==\n", 400),
        (b"old 0\nHASH\n\n{note}", 422),
    ],
)
def test_bad_requests_have_the_status_of_the_protocol(witness: Witness, log: SignedLog, body: bytes, status: int) -> None:
    note = log.grow(5).note().encode()
    filled = body.replace(b"{note}", note).replace(b"HASH", b"A" * 43 + b"=")
    assert refusal(witness, filled)[0] == status
    assert witness.seen() == []


def test_other_logs_and_other_keys(witness: Witness, log: SignedLog, tmp_path: Path) -> None:
    other = sign_checkpoint(log.key, 1, "00" * 32, "other.example/log")
    assert refusal(witness, request_body(0, [], other).encode())[0] == 404
    changed = log.grow(5).note().replace("\n5\n", "\n6\n")
    assert refusal(witness, request_body(0, [], changed).encode())[0] == 403
    with pytest.raises(Conflict):
        witness.trust(SignedLog(Ed25519PrivateKey.generate()).verifier)
    with pytest.raises(Conflict):
        create_witness(witness.folder, "again")
    with pytest.raises(StoreUnavailable):
        Witness(tmp_path / "none")


def test_the_empty_log_has_one_root(witness: Witness, log: SignedLog) -> None:
    assert refusal(witness, request_body(0, [], sign_checkpoint(log.key, 0, "00" * 32, ORIGIN)).encode())[0] == 422
    assert witness.add_checkpoint(request_body(0, [], sign_checkpoint(log.key, 0, merkle_root(()).hex(), ORIGIN)).encode())
    assert witness.add_checkpoint(request(log.grow(3), 0))


def test_what_others_signed_is_not_kept(witness: Witness, log: SignedLog) -> None:
    note = log.grow(5).note() + "\N{EM DASH} stranger AAAAAAA=\n"
    witness.add_checkpoint(request_body(0, [], note).encode())
    kept = witness.newest(hashlib.sha256(ORIGIN.encode()).hexdigest())
    assert kept.startswith(log.note()) and "stranger" not in kept and "plant.example/w1" in kept
    with pytest.raises(NotFound):
        witness.newest("0" * 64)


def test_two_requests_at_once_never_roll_back(witness: Witness, log: SignedLog) -> None:
    witness.add_checkpoint(request(log.grow(5), 0))
    bodies = [request(log.grow(size), 5) for size in (6, 7, 8, 9)]
    given: list[str] = []

    def send(body: bytes) -> None:
        try:
            given.append(Witness(witness.folder).add_checkpoint(body))
        except WitnessRefused as refused:
            assert refused.status == 409

    threads = [threading.Thread(target=send, args=[body]) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 1


def test_a_log_asks_over_http(witness: Witness, log: SignedLog) -> None:
    with served(witness) as (url, told):
        entry = WitnessEntry("w1", witness.key.verifier, url)

        def asked(known: int) -> str:
            return ask(entry, log.note(), known, log.tree().at().consistency)

        log.grow(5)
        assert cosignature_by(witness.key.verifier, Note.parse(log.note() + asked(0)))
        log.grow(8)
        assert asked(0) and asked(8) and asked(5), "what the witness has is asked for"
        log.grow(4)
        with pytest.raises(WitnessRefused) as raised:
            asked(0)
        assert (raised.value.status, raised.value.size) == (409, 8)
        log.grow(12, "forged")
        with pytest.raises(WitnessRefused) as raised:
            asked(0)
        assert raised.value.status == 422
        stranger = entry._replace(key=entry.key._replace(raw=bytes(1312)))
        log.grow(0).grow(8)
        with pytest.raises(StoreUnavailable, match="cannot be used"):
            ask(stranger, log.note(), 8, log.tree().at().consistency)
    assert any("cosigned 5 entries" in line for line in told) and any("refused (422)" in line for line in told)


def test_the_server_bounds_what_a_caller_costs(witness: Witness) -> None:
    with served(witness) as (url, _):
        assert post(f"{url}/other", b"x", "text/plain", seconds=5)[0] == 404
        # The body is not sent: the answer comes without it, and who sends on may see the connection end before the answer.
        with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)) as connection:
            connection.putrequest("POST", "/add-checkpoint")
            connection.putheader("Content-Length", "600000")
            connection.endheaders()
            assert connection.getresponse().status == 413
        assert post(f"{url}/add-checkpoint", b"", "text/plain", seconds=5)[0] == 400


def test_a_share_is_followed(witness: Witness, log: SignedLog, folder: Path) -> None:
    def publish() -> None:
        publish_tiles(folder, log, log.tree(), log.note(), log.verifier)

    publish_tiles(folder, log.grow(5), log.tree(), log.note(), log.verifier)
    assert follow_once(witness, folder).size == 5
    log.grow(300)
    publish()
    assert follow_once(witness, folder).size == 300
    name = f"checkpoint-000000000300.{witness.key.verifier.id.hex()}.cosig"
    assert cosignature_by(witness.key.verifier, Note.parse(log.note() + (folder / name).read_text()))
    for old in sorted(folder.rglob("*"), reverse=True):  # the whole share is put back
        old.rmdir() if old.is_dir() else old.unlink()
    log.grow(200)
    publish()
    with pytest.raises(WitnessRefused, match="rolled back: it has 200 entries, 300"):
        follow_once(witness, folder)
    assert witness.seen()[0].contradiction is None, "an older checkpoint, which anybody can put there again"
    log.grow(400, "forged")
    publish()
    with pytest.raises(WitnessRefused, match="rewritten"):
        follow_once(witness, folder)
    assert "rewritten" in str(witness.seen()[0].contradiction)


def test_tiles_that_do_not_fit_are_no_contradiction(witness: Witness, log: SignedLog, folder: Path) -> None:
    publish_tiles(folder, log.grow(300), log.tree(), log.note(), log.verifier)
    follow_once(witness, folder)
    publish_tiles(folder, log.grow(600), log.tree(), log.note(), log.verifier)
    tile = folder / "tile" / "0" / "001"
    kept = tile.read_bytes()
    tile.write_bytes(bytes(len(kept)))  # everybody may write to a share; the root comes from the level above
    with pytest.raises(WitnessRefused, match="the proof is wrong"):
        follow_once(witness, folder)
    assert witness.seen()[0].contradiction is None
    tile.write_bytes(kept)
    assert follow_once(witness, folder).size == 600


@pytest.mark.parametrize("before", [4, 5])  # a full subtree of what follows, and not
def test_another_log_on_a_share_is_a_contradiction(witness: Witness, log: SignedLog, folder: Path, before: int) -> None:
    publish_tiles(folder, log.grow(before), log.tree(), log.note(), log.verifier)
    follow_once(witness, folder)
    shutil.rmtree(folder / "tile")
    publish_tiles(folder, log.grow(3).grow(7, "forged"), log.tree(), log.note(), log.verifier)
    with pytest.raises(WitnessRefused, match="rewritten"):
        follow_once(witness, folder)
    assert f"the first {before} entries are not those" in str(witness.seen()[0].contradiction)


@pytest.mark.parametrize("url", ["", "ftp://a", "http://", "http://u:p@host", "http://a b", "http://host:0"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidRecord):
        post(url, b"", "text/plain", seconds=1)
