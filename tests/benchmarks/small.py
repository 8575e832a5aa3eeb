"""The normal course learned from few sequences: where it is cut, and what that costs.

Drawn at random: sequences to learn from, fresh normal ones of the same source, and faulty ones. Learned with one false alarm in
a hundred asked for. A row a draw: the ``share`` of the fresh ones that is flagged; ``f1``, and ``f1_at_asked``, that of the
threshold that flags one in a hundred of the fresh ones, which nobody knows beforehand; ``new_event``: the F1 of the rule that a
line is of a kind that none of the sequences to learn from has; and whether the rate asked for is ``vouched`` for.

- ``hdfs``: blocks of HDFS, the anomalous ones are faulty.
- ``adfa``: ADFA-LD's training programs, attacks are faulty; judged by their typical call, as `real` judges them.
- ``plant``: short logs of the simulated plant.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score

from sample_data.plant import PlantConfig, generate
from sparsemix.dataset import DataSet, Item
from sparsemix.encoding.kinds import kind_basis, kinds
from sparsemix.errors import ConfigError
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence
from sparsemix.training.own_data import Plan
from tests.benchmarks.hdfs import data
from tests.benchmarks.options import names, numbers
from tests.benchmarks.real import adfa, hdfs
from tests.benchmarks.real.rows import judged
from tests.benchmarks.real.simulated import normal_log
from tests.benchmarks.report import BenchmarkRefused, Row, Tell, check_report, timed_tell, write_report

SIZES, DRAWS, FRESH, FAULTY, STEPS = (20, 50, 100, 200), 20, 500, 100, 40
ASKED = 0.01
_PLAN = Plan(task="novelty", longest=64, false_alarms=ASKED)
_LINES, _SEED = 48, 9_000_000

Source = tuple[Sequence[Item], Sequence[Item], Plan]
"""Normal and faulty sequences without labels, and how their normal course is learned."""


def _hdfs(folder: Path, _most: int) -> Source:
    blocks = hdfs.blocks_of(data.load(folder / "hdfs"))
    normal, faulty = ([replace(one, label=None) for one in blocks if one.faulty is bad] for bad in (False, True))
    return normal, faulty, _PLAN


def _adfa(folder: Path, _most: int) -> Source:
    traces = adfa.load(folder / "adfa")
    return adfa.items(traces.training, "t", None), adfa.items(traces.attacks, "a", None), adfa.NOVELTY


def _plant(_folder: Path, most: int) -> Source:
    normal, faulty = [normal_log(_SEED + number) for number in range(most)], list[Item]()
    seed = 2 * _SEED
    while len(faulty) < FAULTY:
        log = generate(PlantConfig(events=_LINES), seed := seed + 1)
        if log.label:
            faulty.append(Item(f"f{seed}", event_sequence(log.lines, f"f{seed}", Limits(min_events=1)), None))
    return normal, faulty, _PLAN


SOURCES: dict[str, Callable[[Path, int], Source]] = {"hdfs": _hdfs, "adfa": _adfa, "plant": _plant}


def small_rows(folder: Path, sets: Sequence[str], sizes: Sequence[int], draws: int, steps: int, tell: Tell) -> list[Row]:
    """Return a row for every source, number of sequences and draw. Raises `ConfigError` without data, `BenchmarkRefused` when
    attention differs from attention over all pairs, or the rate that is said to hold from what the threshold is."""
    rows: list[Row] = []
    for name in sets:
        normal, faulty, plan = SOURCES[name](folder, 2 * (max(sizes) + FRESH))
        for size in sizes:
            for draw in range(draws):
                rng = np.random.default_rng([draw, size])
                order = rng.permutation(len(normal))
                own, fresh = ([normal[place] for place in some] for some in (order[:size], order[size : size + FRESH]))
                bad = [faulty[place] for place in rng.permutation(len(faulty))[:FAULTY]]
                one = judged(
                    DataSet(name, tuple(own)), replace(plan, steps=steps, seed=draw), [*fresh, *bad], lambda _text: None
                )
                supported, reference = one.model.supported_rate, len(one.model.reference)
                if supported is None or not max(ASKED, 1.0 / (reference + 1)) <= supported <= 1.0:
                    raise BenchmarkRefused(f"{reference} sequences cannot support a rate of {supported}")
                flagged = np.array([prediction.label != "normal" for prediction in one.predictions])
                truth = np.arange(len(flagged)) >= len(fresh)
                figures = {
                    "share": float(flagged[~truth].mean()),
                    "f1": float(f1_score(truth, flagged)),
                    "f1_at_asked": float(f1_score(truth, one.scores > cut_at(one.scores[~truth], ASKED))),
                    "average_precision": float(average_precision_score(truth, one.scores)),
                    "new_event": float(f1_score(truth, _new_event(own, one.items))),
                }
                plain: Row = {"set": name, "sequences": size, "draw": draw, "fresh": len(fresh), "faulty": len(bad)}
                rows.append({**plain, **figures, "vouched": supported <= ASKED, "seconds": round(one.seconds, 1)})
                tell(f"{name}, {size} sequences, draw {draw}: " + ", ".join(f"{key} {at:.3f}" for key, at in figures.items()))
    return rows


def cut_at(scores: NDArray[np.float64], share: float) -> float:
    """Return the score that exactly this share of the scores exceeds, or fewer where scores are equal."""
    return float(np.sort(scores)[len(scores) - 1 - round(share * len(scores))])


def _new_event(own: Sequence[Item], items: Sequence[Item]) -> NDArray[np.bool_]:
    by = kind_basis([item.sequence.events for item in own])
    known = np.concatenate([kinds(item.sequence.events, by) for item in own])
    return np.array([not np.isin(kinds(item.sequence.events, by), known).all() for item in items])


def small_table(rows: Sequence[Row]) -> str:
    """Return the means over the draws as lines of text; ``ratio``: the mean F1 over that at the rate asked for."""
    lines = ["set    sequences draws  share flagged     F1  at 1 %  ratio  new event  AP     vouched"]
    for name, size in dict.fromkeys((row["set"], row["sequences"]) for row in rows):
        some = [row for row in rows if (row["set"], row["sequences"]) == (name, size)]
        columns = ("share", "f1", "f1_at_asked", "new_event", "average_precision", "vouched")
        share, f1, best, new, precision, vouched = np.array([[row[column] for column in columns] for row in some], float).mean(
            0
        )
        lines.append(
            f"{name:6} {size:9} {len(some):5}  {share:13.4f}  {f1:.3f}   {best:.3f}  {f1 / best:.3f}      {new:.3f}  "
            f"{precision:.3f}  {vouched:.2f}"
        )
    return "\n".join(lines)


def add_small_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the benchmark ``small``."""
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="holds folders such as adfa/ and hdfs/")
    parser.add_argument("--sets", type=names, default=tuple(SOURCES), help=f"of {','.join(SOURCES)}; default: all")
    parser.add_argument("--sizes", type=numbers, default=SIZES, help="sequences to learn from, such as 20,50")
    parser.add_argument("--draws", type=int, default=DRAWS, help="of each; default: %(default)s")
    parser.add_argument("--steps", type=int, default=STEPS, help="of each training; default: %(default)s")


def small_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``small``: write the report, and print the means over the draws as a table on standard output."""
    check_report(options.json)
    if unknown := {*options.sets} - {*SOURCES}:
        raise ConfigError(f"unknown: {', '.join(sorted(unknown))}")
    if options.draws < 1 or min(options.sizes) < 8:
        raise ConfigError("at least one draw of at least 8 sequences is needed")
    rows = small_rows(options.data_dir, options.sets, options.sizes, options.draws, options.steps, timed_tell())
    write_report(options.json, rows, steps=options.steps)
    print(small_table(rows))
