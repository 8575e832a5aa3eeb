"""What colours say can be told apart by people who see no red or no green, and no figure brings a colour of its own."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dashboard.features.analyse.selection.views import heatmap
from dashboard.features.analyse.selection.views.heatmap import pair_map, scale_of
from dashboard.features.analyse.selection.views.overview import overview, overview_figure
from dashboard.features.analyse.selection.views.region import region_of
from dashboard.texts import Texts
from dashboard.views import usual
from dashboard.views.pair_map import Viewport
from tests.support.dashboard.traces import random_head, sequence, trace
from tests.support.paths import ROOT

SAFE = {"Cividis", "Cividis_r", "Viridis", "Viridis_r"}
# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
# Grey carries nothing, teal is the one accent.
QUIET = {"#808080", "#2a7f8e"}


@pytest.mark.parametrize("sight", list(BLINDNESS))
@pytest.mark.parametrize("pair", [(heatmap.TOWARDS, heatmap.AWAY), (usual.NORMAL, usual.FAULTY)])
def test_pairs_of_colours_stay_apart(pair: tuple[str, str], sight: str) -> None:
    """By their distance in CIELAB, of which 2.3 is just noticeable and red against green comes down to about 20."""
    first, second = (_lab(np.array(BLINDNESS[sight]) @ _linear(colour)) for colour in pair)
    assert np.linalg.norm(first - second) > 50


@pytest.mark.parametrize("sight", list(BLINDNESS))
@pytest.mark.parametrize("under", ["#00224e", "#7c7b78", "#fee838", "#ffffff", "#14191d"])
def test_marks_are_seen_on_every_colour_of_the_map_and_on_both_pages(under: str, sight: str) -> None:
    """Ends and middle of Cividis, and the backgrounds; besides, a mark is a ring, which no pair is."""
    mark, back = (_lab(np.array(BLINDNESS[sight]) @ _linear(colour)) for colour in (heatmap.CHOSEN, under))
    assert np.linalg.norm(mark - back) > 15


@pytest.mark.parametrize("dark", [False, True])
def test_maps_have_a_scale_that_everybody_sees(dark: bool) -> None:
    assert scale_of(dark) in SAFE
    lines, made = sequence([f"line {i}" for i in range(600)]), trace(random_head(600, 9_000))
    say = Texts("en").plain
    region = region_of(lines, made.heads[0][0], Viewport.whole(600))
    for figure in (pair_map(lines, made.heads[0][0], region, say, dark=dark), overview_figure(overview(made), say, dark=dark)):
        scales = [part.colorscale for part in figure.data if part.type == "heatmap"]
        assert scales
        expected = figure.data[0].update(colorscale=scale_of(dark)).colorscale
        assert all(scale == expected for scale in scales)


def test_figures_use_no_other_colour() -> None:
    known = QUIET | {heatmap.TOWARDS, heatmap.AWAY, usual.NORMAL, usual.FAULTY, heatmap.CHOSEN}
    # Not the report: it is a document of its own, with words beside every colour.
    for folder in ("auth", "features", "shared", "views"):
        for path in (ROOT / "dashboard" / folder).rglob("*.py"):
            assert set(re.findall(r"#[0-9a-fA-F]{6}\b", path.read_text(encoding="utf-8"))) <= known, path


def _linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    x, y, z = np.cbrt(np.clip(_XYZ @ np.clip(linear, 0, 1), 1e-4, None) / (0.9505, 1.0, 1.089))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
