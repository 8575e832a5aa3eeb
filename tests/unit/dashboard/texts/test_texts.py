"""Both languages are complete, say the same, and every code that the program can produce has a text."""

from __future__ import annotations

import ast
import re
import string

import pytest

from audit import Gate, PairVerdict, QueueState, Reason, Retention, ReviewKind, Verdict
from audit.log.entries import RESERVED
from dashboard.features.analyse.file_choice import SAMPLES
from dashboard.service.decide import hold_policy
from dashboard.texts import ENGLISH, JAPANESE, TOPICS, Texts, literal
from sparsemix.readers.collect import SENTENCES
from tests.support.paths import ROOT

READERS = sorted((ROOT / "sparsemix" / "readers").glob("*.py"))
JAPANESE_SIGNS = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def constants(pattern: str) -> set[str]:
    """What a regular expression's group finds in the readers' source."""
    return {found for path in READERS for found in re.findall(pattern, path.read_text(encoding="utf-8"))}


def test_languages_have_the_same_keys_and_fields() -> None:
    assert ENGLISH.keys() == JAPANESE.keys()
    for key in ENGLISH:
        assert fields(ENGLISH[key]) == fields(JAPANESE[key]), key
        assert ENGLISH[key].strip(), key
        assert JAPANESE[key].strip(), key


def test_japanese_is_japanese() -> None:
    same = {key for key in ENGLISH if ENGLISH[key] == JAPANESE[key]}
    words = {key for key in same if re.search(r"[A-Za-z]{4,}", re.sub(r"\{[^}]*\}", "", ENGLISH[key]))}
    assert not words
    assert not [key for key in ENGLISH if JAPANESE_SIGNS.search(ENGLISH[key])]


# Fields without a form that hold a count; limits and figures, which are never 1 or count nothing.
COUNTS = {"n", "count", "lines", "events", "pairs", "heads", "days", "back"}
NO_COUNTS = re.compile(
    r"input\.(too_|one_class|labels_by|gzip|zip)|usual\.|leads\.|costs\.|itself\.counted|(password|set_up|account|own_key)\."
)
VERBS = r"is|its|as|does|has|was|ms|comes|counts|holds|looks|belongs|stands|stays|goes|falls|waits|continues|breaks"


def test_one_is_said_in_the_singular() -> None:
    found = []
    for key in (key for key in ENGLISH if not NO_COUNTS.match(key)):
        formats = {name: form for _, name, form, _ in string.Formatter().parse(ENGLISH[key]) if name}
        values = {
            name: 1 if form == "," or (name in COUNTS and not form) else 0.5 if form else "x" for name, form in formats.items()
        }
        text = Texts("en").plain(key, **values)
        nouns = re.findall(r"(?<![\d.,%])\b1 (?:(?!of|in|with|made|are|most|is)[a-z-]+ )?([a-z]+s)\b", text)
        found += [text] if any(not re.fullmatch(VERBS, noun) for noun in nouns) else []
    assert not found


def test_every_topic_is_used() -> None:
    assert sum(len(topic.TEXTS) for topic in TOPICS) == len(ENGLISH)


def test_every_input_error_has_a_text() -> None:
    codes = constants(r'code="(\w+)"')
    assert len(codes) >= 14
    assert {f"input.{code}" for code in codes} <= ENGLISH.keys()


def test_input_texts_use_only_values_that_the_error_carries() -> None:
    for path in READERS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and called in ("InputError", "decoding"):
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                said = node.args[1] if called == "decoding" else given["code"]
                # ``decoding`` itself passes on what it was given.
                code = said.value if isinstance(said, ast.Constant) else "other"
                assert fields(ENGLISH[f"input.{code}"]) <= given.keys() - {"code"}, code


def test_every_skip_reason_has_a_text() -> None:
    found = constants(r'\.skip\([^"]*"(\w+)"') | constants(r'return None, "(\w+)"') | constants(r'"(\w+)" if whole')
    found |= constants(r'else "(unclosed_quote)"')
    assert {"blank", "ragged", "bad_row", "unclosed_quote", "not_an_object", "invalid_json", "too_deep"} <= found
    assert {f"skip.{code}" for code in found} <= ENGLISH.keys()


def test_every_note_has_a_text() -> None:
    found = constants(r'notes\.append\("(\w+)"\)') | constants(r'\.count\("(\w+)"') | constants(r'\["(\w+)"\] \*')
    found.discard("n")
    assert {"gzip", "byte_order_mark", "mixed_line_endings", "truncated_lines", "joined_lines", "relative_time"} <= found
    assert {f"note.{code}" for code in found} <= ENGLISH.keys()


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("route", hold_policy.ROUTES),
        ("entry", [*RESERVED, "claim_freed", "clock_anomaly", "denied", "export", "locked_out", "set_up", "sign_in_failed"]),
        ("gate", [gate.value for gate in Gate]),
        ("gate", [f"{kind}_{verdict}" for kind in ("reviewed", "settled") for verdict in ("approve", "flag")]),
        ("reason", [reason.value for reason in Reason]),
        ("review_kind", [kind.value for kind in ReviewKind]),
        ("retention", [kept.value for kept in Retention]),
        ("queue_state", [state.value for state in QueueState]),
        ("review_verdict", [verdict.value for verdict in Verdict]),
        ("pair_verdict", [verdict.value for verdict in PairVerdict]),
        ("stage", ["read", "encode", "layer", "done", "store", "compare", "verify"]),
        ("label", ["fault", "normal"]),
        ("format", ["log", "csv", "events", "jsonl"]),
        ("sample", [f"{name}{more}" for name in SAMPLES for more in ("", "_planted")]),
    ],
)
def test_closed_vocabularies_have_texts(prefix: str, values: list[str]) -> None:
    assert {f"{prefix}.{value}" for value in values} <= ENGLISH.keys()


def test_texts_named_in_the_code_exist() -> None:
    named = set()
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        named |= set(re.findall(r'\bt(?:\.plain)?\(\s*"([a-z_]+\.[\w.]+)"', path.read_text(encoding="utf-8")))
    assert len(named) > 100
    assert named <= ENGLISH.keys()


def test_values_are_escaped_and_plain_ones_are_not() -> None:
    t = Texts("en")
    assert t("verdict.file", name="<b>*x*") == "File: \\<b\\>\\*x\\*"
    assert t.plain("verdict.file", name="<b>*x*") == "File: <b>*x*"
    with pytest.raises(KeyError):
        t("no.such.text")


@pytest.mark.parametrize("sign", list("\\`*_{}[]()<>#+-.!|~$:&=@^\"'/"))
def test_literal_escapes_every_sign(sign: str) -> None:
    assert literal(f"a{sign}b") == f"a\\{sign}b"


def test_literal_breaks_shortcodes_and_joins_lines() -> None:
    assert "smile" in literal(":smile:")
    assert ":smile:" not in literal(":smile:").replace("\\", "")
    for address in ("https://a.example/x", "www.a.example", "me@a.example"):
        assert "\u2060" in literal(address) and literal(address).replace("\\", "").replace("\u2060", "") == address
    assert literal("a\n# b") == "a \\# b"


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_what_is_said_of_reading_a_file_is_said_as_the_shell_says_it(code: str) -> None:
    assert ENGLISH[f"note.{code}"] == SENTENCES[code]
