"""Signed notes and cosignatures: the specification's example, what is malformed, and that nothing moves to another note."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import InvalidRecord, Tampered, open_checkpoint, public_key, sign_checkpoint
from audit.log.cosignatures import COSIGNATURES, WitnessKey, cosign, cosignature_by, new_witness_key, witness_key
from audit.log.notes import ED25519, Note, Signature, VerifierKey

ROOT = hashlib.sha256(b"root").hexdigest()
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
NOTE = Note.parse(sign_checkpoint(KEY, 42, ROOT, "plant.example/log"))
# c2sp.org/signed-note, "Example".
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n\N{EM DASH} example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


@pytest.fixture(params=["ml-dsa-44", "ed25519"])
def witness(request: pytest.FixtureRequest) -> WitnessKey:
    return new_witness_key("plant.example/w1", ed25519=request.param == "ed25519")


def test_the_example_of_the_specification() -> None:
    key, note = VerifierKey.parse(FOO), Note.parse(FOO_NOTE)
    assert (str(key), str(note)) == (FOO, FOO_NOTE)
    (signature,) = note.by(key)
    Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, note.text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "no signature\n",
        "no signature\n\n",
        "cut off\n\n\N{EM DASH} a",
        "no newline\n\n\N{EM DASH} a AAAAAAA=",
        "no base64\n\n\N{EM DASH} a ????\n",
        "no name\n\n\N{EM DASH}  AAAAAAA=\n",
        "plus\n\n\N{EM DASH} a+b AAAAAAA=\n",
        "short\n\n\N{EM DASH} a AAAAAA==\n",
        "hyphen\n\n- a AAAAAAA=\n",
        "half\ud800\n\n\N{EM DASH} a AAAAAAA=\n",
        "control\x07\n\n\N{EM DASH} a AAAAAAA=\n",
        "many\n\n" + "\N{EM DASH} a AAAAAAA=\n" * 65,
        "long" * 200_000 + "\n\n\N{EM DASH} a AAAAAAA=\n",
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(InvalidRecord):
        Note.parse(text)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_note_or_refused(text: str) -> None:
    try:
        note = Note.parse(f"{text}\n\n\N{EM DASH} a AAAAAAA=\n")
    except InvalidRecord:
        return
    assert Note.parse(str(note)) == note


def test_sixteen_signatures_by_others_are_no_hindrance() -> None:
    others = tuple(Signature(f"w{n}", b"abcd", b"x" * 2428) for n in range(16))
    note = Note(NOTE.text, (*others, *NOTE.signatures))
    assert open_checkpoint(str(note), public_key(KEY, "plant.example/log")).size == 42


def test_every_signature_under_the_known_name_and_id_must_be_valid() -> None:
    (own,) = NOTE.signatures
    bad = own._replace(value=bytes(64))
    for order in ((own, bad), (bad, own)):
        with pytest.raises(Tampered, match="wrong"):
            open_checkpoint(str(Note(NOTE.text, order)), public_key(KEY, "plant.example/log"))


@pytest.mark.parametrize("changed", ["plant.example/log\n42\n", "\n", "plant.example/log\n42\n\nx\n"])
def test_a_checkpoint_has_three_lines_and_none_is_empty(changed: str) -> None:
    signed = Note(changed, (Signature("plant.example/log", b"abcd", b"x"),))
    with pytest.raises(InvalidRecord):
        open_checkpoint(str(signed), public_key(KEY, "plant.example/log"))


def test_extension_lines_are_signed_and_say_nothing() -> None:
    text = f"{NOTE.text}extension 1\n"
    key = VerifierKey.parse(public_key(KEY, "plant.example/log"))
    signed = Note(text, (Signature(key.name, key.id, KEY.sign(text.encode())),))
    assert open_checkpoint(str(signed), str(key)).root == ROOT


def test_a_cosignature_holds_for_its_checkpoint_only(witness: WitnessKey) -> None:
    line = cosign(witness, NOTE, 1_700_000_000)
    signed = Note.parse(f"{NOTE}{line}")
    assert cosignature_by(witness.verifier, signed) == ("plant.example/w1", 1_700_000_000)
    assert open_checkpoint(str(signed), public_key(KEY, "plant.example/log")).size == 42
    other = Note.parse(sign_checkpoint(KEY, 43, ROOT, "plant.example/log"))
    with pytest.raises(Tampered, match="another checkpoint"):
        cosignature_by(witness.verifier, Note(other.text, (line,)))
    later = line._replace(value=(1_800_000_000).to_bytes(8, "big") + line.value[8:])
    for bad in (later, line._replace(value=line.value[:-1]), line._replace(value=b"\xff" * 8 + line.value[8:])):
        with pytest.raises(Tampered):
            cosignature_by(witness.verifier, Note(NOTE.text, (bad,)))


def test_a_cosignature_has_a_time_that_a_clock_can_show(witness: WitnessKey) -> None:
    last = 253_402_300_799
    assert cosignature_by(witness.verifier, Note(NOTE.text, (cosign(witness, NOTE, last),))) == ("plant.example/w1", last)
    for at in (last + 1, 2**53, 2**62):
        with pytest.raises(Tampered, match="malformed"):
            cosignature_by(witness.verifier, Note(NOTE.text, (cosign(witness, NOTE, at),)))


def test_a_cosignature_by_an_unknown_key_is_ignored(witness: WitnessKey) -> None:
    stranger = new_witness_key(witness.name, ed25519=True)
    assert cosignature_by(witness.verifier, Note(NOTE.text, (cosign(stranger, NOTE, 1),))) is None
    # Known by name and id, but with a signature by another key: that is not to be ignored.
    forged = cosign(stranger, NOTE, 1)._replace(key_id=witness.verifier.id)
    with pytest.raises(Tampered):
        cosignature_by(witness.verifier, Note(NOTE.text, (forged,)))


def test_the_messages_are_those_of_the_specification(witness: WitnessKey) -> None:
    line = cosign(witness, NOTE, 1_679_315_147)
    if witness.verifier.kind == 0x04:
        message = b"cosignature/v1\ntime 1679315147\n" + NOTE.text.encode()
    else:
        message = b"subtree/v1\n\x00\x10plant.example/w1" + (1_679_315_147).to_bytes(8, "big") + b"\x11plant.example/log"
        message += bytes(8) + (42).to_bytes(8, "big") + bytes.fromhex(ROOT)
    witness.private.public_key().verify(line.value[8:], message)
    key = witness.verifier
    assert line.key_id == hashlib.sha256(key.name.encode() + b"\n" + bytes([key.kind]) + key.raw).digest()[:4]
    assert len(line.value) == {0x04: 8 + 64, 0x06: 8 + 2420}[key.kind]


def test_a_witness_key_is_no_log_key_and_the_other_way_round(witness: WitnessKey) -> None:
    assert VerifierKey.parse(str(witness.verifier), COSIGNATURES) == witness.verifier
    with pytest.raises(InvalidRecord, match="witness"):
        VerifierKey.parse(str(witness.verifier), (ED25519,))
    with pytest.raises(InvalidRecord, match="log"):
        VerifierKey.parse(public_key(KEY), COSIGNATURES)


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_private_key_is_refused(pem: bytes) -> None:
    with pytest.raises(InvalidRecord):
        witness_key("w", pem)
