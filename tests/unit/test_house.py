"""The house keeps its order: dashboard may import audit and sparsemix; these two know neither each other nor streamlit."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

FORBIDDEN = {
    "audit": {"torch", "streamlit", "sparsemix", "dashboard", "sample_data"},
    "sparsemix": {"audit", "streamlit", "dashboard"},
    "sample_data": {"audit", "streamlit", "dashboard"},
}
WITHOUT_STREAMLIT = [
    *(
        ROOT / "dashboard" / name
        for name in (
            "pipeline.py",
            "ingest.py",
            "policy.py",
            "drifting.py",
            "drift_command.py",
            "live.py",
            "sliding.py",
            "tailing.py",
            "watch.py",
            "watching.py",
            "watch_command.py",
            "readings.py",
            "reviewing.py",
            "exports.py",
            "report.py",
            "agreeing.py",
            "explaining.py",
            "kept.py",
            "usual.py",
            "usual_compare.py",
            "pair_kinds.py",
            "revision.py",
            "worker.py",
            "identity.py",
            "tickets.py",
        )
    ),
    *sorted((ROOT / "dashboard" / "gate").glob("*.py")),
    *sorted((ROOT / "dashboard" / "views").glob("*.py")),
    *sorted((ROOT / "dashboard" / "texts").glob("*.py")),
]


def imported(path: Path) -> set[str]:
    """First names of all modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_direction_of_imports(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        assert not imported(path) & FORBIDDEN[package], path


@pytest.mark.parametrize("path", WITHOUT_STREAMLIT, ids=lambda path: path.name)
def test_logic_of_the_dashboard_knows_no_streamlit(path: Path) -> None:
    assert "streamlit" not in imported(path)


@pytest.mark.parametrize(
    ("package", "strangers"),
    [
        ("audit", ("torch", "streamlit", "sparsemix")),
        ("sparsemix", ("streamlit", "audit")),
        ("dashboard.pipeline", ("streamlit",)),
    ],
)
def test_importing_brings_no_stranger_along(package: str, strangers: tuple[str, ...]) -> None:
    code = f"import sys, {package}; print([name for name in {strangers!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"


def test_no_folder_wakes_the_automatic_navigation() -> None:
    assert not (ROOT / "dashboard" / "pages").exists()


def test_no_page_writes_html_of_its_own() -> None:
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        assert "unsafe_allow_html" not in source, path
        # views.overlay.as_html escapes every text that goes into it; the style sheet is a file of the app.
        known = source.count("st.html(as_html(") + source.count('st.html(FOLDER / "style.css")')
        assert source.count("st.html(") == known, path


# Each of these shows a table or a figure; only the components named here may use it, the others offer the files along with it.
SHOWING = {
    "dataframe",
    "table",
    "data_editor",
    "plotly_chart",
    "altair_chart",
    "line_chart",
    "area_chart",
    "bar_chart",
    "pyplot",
}
SHOWERS = {"tables.py", "figures.py"}


def test_whatever_table_or_figure_is_shown_can_be_taken_away() -> None:
    found = {
        path.name
        for path in (ROOT / "dashboard").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in SHOWING and getattr(node.value, "id", "") == "st"
    }
    assert found == SHOWERS
