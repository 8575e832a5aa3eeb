"""No text is missing, none is left over, and none is typed where a reader of the other language would meet it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.texts import ENGLISH, JAPANESE
from sparsemix.trace.selection_trace import Route
from tests.support.paths import ROOT

PAGES = [path for path in sorted((ROOT / "dashboard").rglob("*.py")) if "texts" not in path.parts]
# What files hold, such as units in the names of their columns, is no text of the app.
READING = {ROOT / "dashboard" / "service" / "reading" / name for name in ("diversity.py", "survey.py")}
TOPICS = {key.partition(".")[0] for key in ENGLISH}
JAPANESE_SIGNS = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
# Names, formats and keys that Japanese readers know by these letters, and words that stand for themselves: options, columns.
KNOWN = re.compile(
    "SparseMix|SPARSEMIX|WEIGHTS|weights|UTC|JSON|GraphML|JSONL|Lines|CSV|HTML|XML|PowerShell|Parquet|PNG|SVG|SHA|UTF|Shift|JIS|EUC|JP|BOM|gzip|GB|MB|kB|"
    "KPI|ns|ID|Enter|Ctrl|RE|pt|br|badge|orange|blue|Wilson|Krippendorff|Cohen|Fleiss|safetensors|verify|py|db|streamlit|secrets|"
    "https|localhost|prf|toml|auth|torque|time|message|id|label|events|text|spans|zip|gz|Excel|AUC|AP|[A-Za-z]"
)
# Streamlit's parts that show what they are given as their first value; not those that share a name with what is no part.
SHOWING = re.compile(
    "title|header|subheader|caption|markdown|text|write|(?:download_|form_submit_|link_)?button|radio|selectbox|multiselect|"
    "text_input|text_area|number_input|checkbox|metric|badge|info|warning|error|success|toast|expander|popover|pills|"
    "segmented_control|file_uploader|spinner|slider|date_input"
)


def _strings(path: Path) -> Iterator[ast.Constant]:
    """Strings that stand by themselves, not parts of one that is put together."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node


def _words() -> set[str]:
    """Every string and every name of a field in the code: what a key can be put together from."""
    found = {route.name.lower() for route in Route}
    for folder in ("dashboard", "audit", "sparsemix"):
        for path in (ROOT / folder).rglob("*.py"):
            if "texts" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value.rstrip(":"))  # "code:" is followed by a number
                elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                    found.add(node.target.id)
                elif isinstance(node, ast.Attribute):
                    found.add(node.attr)
    return found


def _patterns() -> dict[str, tuple[re.Pattern[str], set[str]]]:
    """f-strings and headings that become keys: where they stand -> what they can become, and the strings of their file.

    Either they begin with a topic, such as f"gate.{value}", or they are handed to the texts, such as t(f"{part}.title").
    """
    found = {}
    for path in PAGES:
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        own = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        asked = {id(node.args[0]) for node in nodes if isinstance(node, ast.Call) and node.args and _asks(node.func)}
        for node in nodes:
            if topic := _headed(node):
                found[f"{path}:{node.lineno}:{node.col_offset}"] = re.compile(rf"{re.escape(topic)}\.(\w+)"), own
            if not isinstance(node, ast.JoinedStr):
                continue
            first = node.values[0]
            begins = isinstance(first, ast.Constant) and "." in str(first.value) and str(first.value).split(".")[0] in TOPICS
            if begins or (id(node) in asked and isinstance(first, ast.FormattedValue)):
                # A name in front can have dots, then the last part has none.
                value = r"([\w.]+?)" if begins else r"([\w.]+)"
                parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else value for v in node.values]
                found[f"{path}:{node.lineno}:{node.col_offset}"] = re.compile("".join(parts)), own
    return found


def _headed(node: ast.AST) -> str:
    """The topic whose columns a call of ``frame`` or ``Texts.heading`` names."""
    if not isinstance(node, ast.Call):
        return ""
    called = getattr(node.func, "id", getattr(node.func, "attr", ""))
    place = {"frame": 1, "heading": 0}.get(called)
    topic = None if place is None or len(node.args) <= place else node.args[place]
    return topic.value if isinstance(topic, ast.Constant) and isinstance(topic.value, str) else ""


def _begins(topic: str) -> bool:
    """Whether keys begin with this topic, which may have dots of its own."""
    return any(key.startswith(f"{topic}.") for key in ENGLISH)


def _asks(called: ast.expr) -> bool:
    """Whether this is t, t.plain or say."""
    if isinstance(called, ast.Attribute):
        return called.attr == "plain"
    return isinstance(called, ast.Name) and called.id in ("t", "say")


def test_every_key_in_the_code_has_a_text() -> None:
    whole = re.compile(rf"(?:{'|'.join(sorted(TOPICS))})(?:\.[a-z_]+)+")
    missing = {
        f"{path.name}:{node.lineno}: {node.value}"
        for path in PAGES
        for node in _strings(path)
        if whole.fullmatch(node.value) and node.value not in ENGLISH and not _begins(node.value)
    }
    assert not missing


def test_every_key_that_is_put_together_can_become_a_text() -> None:
    patterns = _patterns()
    assert len(patterns) > 50
    assert not [place for place, (pattern, _) in patterns.items() if not any(map(pattern.fullmatch, ENGLISH))]


@pytest.mark.deep
def test_every_text_is_shown_somewhere() -> None:
    words, patterns = _words(), _patterns().values()

    def put_together(key: str) -> bool:
        for pattern, own in patterns:
            if found := pattern.fullmatch(key):
                begin = found.start(1) > 0 or found[1] in own
                if begin and words.issuperset(found.groups()):
                    return True
        return False

    # The log's are asked for by its script: `test_source` holds them against it.
    assert not [key for key in ENGLISH if key not in words and not key.startswith("log.") and not put_together(key)]


def test_no_english_is_left_in_japanese() -> None:
    left = {}
    for key, text in JAPANESE.items():
        bare = re.sub(r"\{[^}]*\}|:material/\w+:|`[^`]*`", "", text)
        if strange := [word for word in re.findall(r"[A-Za-z]+", bare) if not KNOWN.fullmatch(word)]:
            left[key] = strange
    assert not left


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_is_typed_in_the_code(path: Path) -> None:
    """Neither Japanese anywhere, nor words of any language handed to a part that shows them."""
    typed = [
        f"{node.lineno}: {node.value}" for node in _strings(path) if JAPANESE_SIGNS.search(node.value) and path not in READING
    ]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        part, first = node.func, node.args[0]
        if not SHOWING.fullmatch(part.attr) or getattr(part.value, "id", "") == "_log":
            continue
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and re.search(r"[A-Za-z]{2}", first.value):
            typed.append(f"{node.lineno}: {first.value}")
    assert not typed
