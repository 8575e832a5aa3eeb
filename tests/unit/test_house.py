"""What import-linter's contracts (pyproject.toml, `make lint`) cannot say of the house: what is loaded, shown and named."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter

import pytest

from tests.support.paths import ROOT

PACKAGES = ("audit", "dashboard", "sample_data", "sparsemix")
MOST_MODULES = 25  # of one folder: beyond that a room is missing


@pytest.mark.parametrize(
    ("package", "strangers"),
    [
        ("audit", ("torch", "streamlit", "sparsemix")),
        ("sparsemix", ("streamlit", "audit")),
        # Slow to load, and most commands need neither.
        ("sparsemix.__main__", ("sklearn", "scipy.stats")),
        ("dashboard.service.decide.pipeline", ("streamlit",)),
    ],
)
def test_importing_brings_no_stranger_along(package: str, strangers: tuple[str, ...]) -> None:
    code = f"import sys, {package}; print([name for name in {strangers!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("package", (*PACKAGES, "tests/benchmarks"))
def test_no_folder_is_a_corridor(package: str) -> None:
    modules = Counter(path.parent for path in (ROOT / package).rglob("*.py"))
    assert modules and not {str(folder): count for folder, count in modules.items() if count > MOST_MODULES}


def test_no_folder_wakes_the_automatic_navigation() -> None:
    assert not (ROOT / "dashboard" / "pages").exists()


def test_no_page_writes_html_of_its_own() -> None:
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        assert "unsafe_allow_html" not in source, path
        # The style sheet is a file of the app.
        known = source.count('st.html(FOLDER / "style.css")')
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
SHOWERS = {"shared/display.py"}


def test_whatever_table_or_figure_is_shown_can_be_taken_away() -> None:
    found = {
        str(path.relative_to(ROOT / "dashboard"))
        for path in (ROOT / "dashboard").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in SHOWING and getattr(node.value, "id", "") == "st"
    }
    assert found == SHOWERS
