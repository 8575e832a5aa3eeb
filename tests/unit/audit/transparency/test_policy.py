"""Policies: the example of the specification, what each rule refuses, and which witnesses are enough."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import InvalidRecord, Tampered
from audit.log.cosignatures import cosign, new_witness_key
from audit.log.notes import Note
from audit.transparency.policy import Policy, read_policy
from tests.support.audit.signed_log import SignedLog

NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
KEYS = {name: new_witness_key(f"plant.example/{name}", ed25519=True) for name in NAMES}
LINES = {name: f"witness {name} {key.verifier} http://{name.lower()}.example\n" for name, key in KEYS.items()}
EXAMPLE = (
    "# a comment\n\n"
    + "".join(LINES[name] for name in NAMES[:3])
    + "group X-witnesses 2 X1 X2 X3\n"
    + "".join(f"\t {LINES[name]}" for name in NAMES[3:])
    + "group Y-witnesses any Y1 Y2 Y3\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
)


def policy(tmp_path: Path, text: str) -> Policy:
    (tmp_path / "policy").write_text(text, encoding="utf-8")
    return read_policy(tmp_path / "policy")


def test_the_example_of_the_specification(tmp_path: Path, log: SignedLog) -> None:
    read = policy(tmp_path, f"log {log.verifier}\n{EXAMPLE}")
    assert [str(key) for key in read.logs] == [log.verifier]
    assert next((witness.name, witness.url) for witness in read.witnesses) == ("X1", "http://x1.example")
    assert read.satisfied({"X1", "X3", "Y2"})
    for few in ({"X1", "Y1", "Y2", "Y3"}, {"X1", "X2", "X3"}, set(), {"X-and-Y"[:3]}):
        assert not read.satisfied(few)


def test_cosignatures_are_counted_by_key(tmp_path: Path, log: SignedLog) -> None:
    read, note = policy(tmp_path, EXAMPLE), Note.parse(log.grow(5).note())
    signed = Note(note.text, (*note.signatures, *(cosign(KEYS[name], note, 7) for name in ("X1", "X2", "Y1"))))
    found, wrong = read.cosignatures(signed)
    assert ({name: one.at for name, one in found.items()}, wrong) == ({"X1": 7, "X2": 7, "Y1": 7}, {})
    assert read.satisfied(found)
    other = Note.parse(log.grow(6).note())
    found, wrong = read.cosignatures(Note(other.text, (*signed.signatures[:-1], cosign(KEYS["Y1"], other, 8))))
    assert {name: one.at for name, one in found.items()} == {"Y1": 8}, "a wrong one takes nothing from those of others"
    assert {name: type(error) for name, error in wrong.items()} == {"X1": Tampered, "X2": Tampered}


@pytest.mark.parametrize(
    "text",
    [
        "",
        LINES["X1"],
        "quorum none\nquorum none\n",
        "quorum X1\n",
        "quorum X1\n" + LINES["X1"],
        LINES["X1"] * 2 + "quorum none\n",
        LINES["X1"].replace("X1 ", "none ", 1) + "quorum none\n",
        LINES["X1"] + "group g 2 X1\nquorum g\n",
        LINES["X1"] + "group g 0 X1\nquorum g\n",
        LINES["X1"] + "group g any\nquorum g\n",
        LINES["X1"] + "group g any X1 X1\nquorum g\n",
        LINES["X1"] + "group g any X1\ngroup h any X1\nquorum h\n",
        LINES["X1"] + "group g any none\nquorum g\n",
        "witness X1 nokey\nquorum none\n",
        "log nokey\nquorum none\n",
        "other\nquorum none\n",
        "quorum\x01none\n",
        "quorum none\r\n",
    ],
    ids=map(str, count()),  # the keys are drawn anew in every process
)
def test_what_the_rules_forbid_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidRecord):
        policy(tmp_path, text)


def test_nobody_may_be_asked_for(tmp_path: Path) -> None:
    assert policy(tmp_path, "quorum none\n").satisfied(())


@given(st.text(max_size=100))
def test_any_text_is_a_policy_or_refused_with_its_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any-policy"
    path.write_bytes(text.encode(errors="surrogatepass"))
    try:
        read_policy(path)
    except InvalidRecord as error:
        assert "any-policy" in str(error)
