"""A signature binds an entry, a key, what it means, what was shown and the decision's entry; nothing else passes for it."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import ReviewKind, Verdict
from audit.log.roles import KEY_KINDS, PERSONAL_KEYS, SIGNED
from audit.log.signatures import meaning_of, sign, signature_problem
from audit.records.canonical import canonical, parse

KEY, OTHER = Ed25519PrivateKey.from_private_bytes(b"1" * 32), Ed25519PrivateKey.from_private_bytes(b"2" * 32)
HASH, SHOWN, DECISION = "ab" * 32, "cd" * 32, "ef" * 32
SIGNED_HERE = sign(KEY, HASH, "I agree.", SHOWN, DECISION)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


words = st.text().map(lambda text: text.encode("utf-8", "replace").decode())


@given(st.binary(min_size=32, max_size=32), words, st.none() | words, st.none() | words)
def test_a_signature_fits_its_own_entry_and_survives_the_log(
    hash: bytes, meaning: str, shown: str | None, decision: str | None
) -> None:
    content = sign(KEY, hash.hex(), meaning, shown, decision)
    assert signature_problem(hash.hex(), content) is None
    assert signature_problem(hash.hex(), parse(canonical(content))) is None


def test_it_is_the_signature_that_is_documented() -> None:
    """A person who checks it without this program needs these very bytes."""
    key = KEY.public_key().public_bytes_raw().hex()
    text = f'["SparseMix: a signature of an entry of the log, version 2","{HASH}","{key}","I agree.","{SHOWN}","{DECISION}"]'
    KEY.public_key().verify(bytes.fromhex(str(SIGNED_HERE["value"])), text.encode())
    assert SIGNED_HERE.keys() == {"key", "meaning", "shown", "decision", "value"}


@pytest.mark.parametrize(
    "changes",
    [
        {"meaning": "I agree"},
        {"meaning": ""},
        {"shown": None},
        {"shown": "ce" * 32},
        {"shown": ""},
        {"decision": None},
        {"decision": HASH},
        {"shown": DECISION, "decision": SHOWN},
        {"key": OTHER.public_key().public_bytes_raw().hex()},
        {"value": sign(OTHER, HASH, "I agree.", SHOWN, DECISION)["value"]},
        {"value": sign(KEY, "ba" * 32, "I agree.", SHOWN, DECISION)["value"]},
        {"value": sign(KEY, HASH, "I agree.", None, DECISION)["value"]},
        {"value": sign(KEY, HASH, "I agree.", SHOWN)["value"]},
    ],
    ids=str,
)
def test_another_meaning_page_decision_key_or_entry_is_refused(changes: dict[str, Any]) -> None:
    assert signature_problem(HASH, SIGNED_HERE | changes) == "its signature is wrong"
    assert signature_problem("ba" * 32, SIGNED_HERE) == "its signature is wrong"


def test_parts_cannot_be_shifted_into_each_other() -> None:
    """Where one part ends is signed as well."""
    one = sign(KEY, HASH, "a", "bc")
    assert signature_problem(HASH, one | {"meaning": "ab", "shown": "c"}) == "its signature is wrong"
    assert signature_problem(HASH, one | {"meaning": 'a","bc', "shown": None}) == "its signature is wrong"
    assert signature_problem(HASH, one | {"shown": None, "decision": "bc"}) == "its signature is wrong"


@given(st.sampled_from(["key", "value"]), st.integers(0, 511), st.integers(1, 255))
def test_every_changed_byte_is_refused(part: str, at: int, change: int) -> None:
    raw = bytearray.fromhex(str(SIGNED_HERE[part]))
    raw[at % len(raw)] ^= change
    assert signature_problem(HASH, SIGNED_HERE | {part: raw.hex()}) is not None


@given(st.sampled_from(["meaning", "shown", "decision"]), st.integers(0, 511), st.characters(codec="utf-8"))
def test_every_changed_character_is_refused(part: str, at: int, character: str) -> None:
    text = str(SIGNED_HERE[part])
    changed = text[: at % len(text)] + character + text[at % len(text) + 1 :]
    assert (signature_problem(HASH, SIGNED_HERE | {part: changed}) is None) is (changed == text)


@pytest.mark.parametrize("part", ["key", "value"])
@pytest.mark.parametrize(
    "spelt", [str.upper, lambda text: f" {text}", lambda text: f"{text[:2]} {text[2:]}"], ids=["capitals", "before", "within"]
)
def test_another_spelling_is_refused(part: str, spelt: Any) -> None:
    """Or a signature could be changed without a trace in what it says."""
    assert signature_problem(HASH, SIGNED_HERE | {part: spelt(str(SIGNED_HERE[part]))}) is not None


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(sorted(SIGNED_HERE)), anything, max_size=4), st.booleans())
def test_whatever_a_forged_signature_holds_is_refused_in_words(content: dict[str, Any], among: bool) -> None:
    forged = SIGNED_HERE | content if among else content
    if forged != SIGNED_HERE:
        assert signature_problem(HASH, forged) in ("its signature cannot be read", "its signature is wrong")


@pytest.mark.parametrize("part", ["meaning", "shown", "decision"])
def test_half_a_character_is_refused(part: str) -> None:
    """Such as a log that was read from JSON can hold."""
    assert signature_problem(HASH, SIGNED_HERE | {part: "\ud800"}) == "its signature cannot be read"


# The points of order 1, 2, 4 and 8, each with both signs of x, and numbers beyond the field that stand for some of them.
NOBODY = (
    *("00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "ed" + "ff" * 30 + "7f", "ee" + "ff" * 30 + "7f"),
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)
SIGNLESS = tuple(public[:-2] + f"{int(public[-2:], 16) | 0x80:02x}" for public in NOBODY)


@pytest.mark.parametrize("public", [*NOBODY, *SIGNLESS, "", "00" * 31, "00" * 33, "02" + "00" * 31])
def test_a_key_of_nobody_signs_nothing(public: str) -> None:
    """Of a key of small order, zeros pass for a signature of one entry in eight."""
    for entry in range(16):
        for start in (*NOBODY, *SIGNLESS):
            content = {"key": public, "meaning": "I agree.", "shown": None, "decision": None, "value": start + "00" * 32}
            assert signature_problem(f"{entry:02x}" * 32, content) is not None


def test_every_kind_has_a_meaning_of_its_own() -> None:
    for kind in SIGNED - {"review"}:
        assert meaning_of(kind, {}).endswith(".")
    meanings = {
        meaning_of("review", {"verdict": verdict.value, "kind": kind.value})
        for verdict in Verdict
        for kind in (ReviewKind.REVIEW, ReviewKind.ADJUDICATION)
    }
    assert len(meanings) == 2 * len(Verdict)
    assert all(meaning.startswith("I ") for meaning in meanings)
    assert meaning_of("review", {"verdict": "approve", "kind": "control"}) == meaning_of("review", {"verdict": "approve"})


def test_a_verdict_of_no_kind_means_nothing() -> None:
    assert meaning_of("review", {"verdict": "perhaps"}) == ""
    assert meaning_of("review", {}) == ""


def test_keys_of_people_are_kinds_of_keys() -> None:
    assert set(KEY_KINDS) > PERSONAL_KEYS
