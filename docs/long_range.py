"""Draw docs/long-range.png from reports of ``python -m tests.benchmarks long``: F1 over the length of the windows.

    python docs/long_range.py long.json beside.json

Of a method that several reports hold, the first report counts.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

PICTURE = Path(__file__).resolve().parent / "long-range.png"
# By method: what it is called, its colour and its line. Dashed: who is told the block of every line.
CURVES = {
    "told, forest": ("told the blocks: random forest", "#555555", "--"),
    "told, mlp": ("told the blocks: neural network", "#8c6d31", "--"),
    "told, logistic": ("told the blocks: logistic regression", "#a0a0a0", "--"),
    "sparsemix": ("SparseMix, from raw lines", "#c1272d", "-"),
    "dense twin": ("dense softmax twin, from raw lines", "#1f77b4", "-"),
    "sparsemix, no matching": ("SparseMix that matches no identifiers", "#e59a5b", "-"),
}
Row = dict[str, object]
WIDTH, HEIGHT, DPI = 8.0, 5.0, 160


def curves(rows: list[Row]) -> dict[str, list[tuple[float, float, float, float]]]:
    """Return length, F1 and the ends of its interval for every method, the shortest windows first."""
    found: dict[str, list[tuple[float, float, float, float]]] = {}
    for row in rows:
        if row["method"] in CURVES:
            point = tuple(float(str(row[name])) for name in ("length", "f1", "f1_low", "f1_high"))
            found.setdefault(str(row["method"]), []).append(point)  # type: ignore[arg-type]
    return {method: sorted(found[method]) for method in CURVES if method in found}


def rows_of(reports: list[Path]) -> list[Row]:
    """Return the rows of all reports, each method's from the first report that holds it."""
    rows: list[Row] = []
    for report in reports:
        known = {row["method"] for row in rows}
        rows += [row for row in json.loads(report.read_text(encoding="utf-8"))["rows"] if row["method"] not in known]
    return rows


def draw(rows: list[Row], picture: Path) -> None:
    """Draw the curves with their intervals as bands."""
    figure, axes = plt.subplots(figsize=(WIDTH, HEIGHT), dpi=DPI, layout="constrained")
    lengths: set[float] = set()
    for method, points in curves(rows).items():
        name, colour, style = CURVES[method]
        length, f1, low, high = zip(*points, strict=True)
        lengths.update(length)
        axes.fill_between(length, low, high, color=colour, alpha=0.13, linewidth=0)
        axes.plot(length, f1, style, color=colour, marker="o", markersize=4.5, linewidth=2, label=name)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sorted(lengths), [f"{int(length):,}" for length in sorted(lengths)])
    axes.minorticks_off()
    axes.set_ylim(0.0, 1.0)
    axes.set_xlabel("lines read at once", fontsize=12)
    axes.set_ylabel("F1 of naming the lines of anomalous blocks", fontsize=12)
    axes.tick_params(labelsize=11)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", fontsize=10.5, frameon=False)
    figure.savefig(picture)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Draw docs/long-range.png.")
    parser.add_argument("reports", type=Path, nargs="+", help="what the benchmark long wrote")
    options = parser.parse_args(arguments)
    draw(rows_of(options.reports), PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
