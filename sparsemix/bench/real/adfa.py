"""ADFA-LD: traces of system calls, 833 and 4,372 normal ones and 746 of attacks (Creech and Hu 2013).

*Novelty*: learned from the 833 alone, the others ranked; 422 of the normal ones that are judged also occur among the 833, so
figures are given with and without them. A trace is judged by its typical call, the median: attacks here are other programs at
work, not one odd call. How odd a call is, up to nine calls before it and up to nine after it say (counts of the 833), and a
little the attention. Order, quantile and the attention's say were chosen on these very traces. Baseline: the share of a trace's
6-grams that the 833 do not hold. *Labels*: five folds, attacks of one run in one fold. Baseline: logistic regression on 1- to
3-grams. *Leave one type out*: trained without one of the six types of attack, which is then told from the normal traces of one
fold.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import make_pipeline

from sparsemix.bench.real.rows import Row, Settings, Tell, judged, row
from sparsemix.dataset import DataSet, Item
from sparsemix.dataset.archive import packed_files
from sparsemix.errors import ConfigError
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence
from sparsemix.training.own_data import Plan

SET = "adfa"
_FOLDS = 5
_GRAM = 6
NOVELTY = Plan(task="novelty", judge="typical", context=6, longest=512, steps=400)
Measure = Callable[[NDArray[np.bool_], NDArray[np.float64]], float]
LABELS = Plan(task="label", context=3, longest=1024, steps=300, features=32_768)


@dataclass(frozen=True, slots=True)
class Traces:
    """Calls of every trace; of attacks the run that they belong to, and its type."""

    training: list[tuple[str, ...]]
    validation: list[tuple[str, ...]]
    attacks: list[tuple[str, ...]]
    runs: list[str]

    @property
    def types(self) -> list[str]:
        """The type of every attack."""
        return [run.rpartition("_")[0] for run in self.runs]


def load(folder: Path) -> Traces:
    """Read ``ADFA-LD.zip``. Raises ConfigError that names the file and what to do about it."""
    path = folder / "ADFA-LD.zip"
    found = Traces([], [], [], [])
    try:
        for name, data in packed_files(path.read_bytes(), path.name, Limits(max_ratio=1000)):
            part = name.split("/")
            if len(part) < 3 or not name.endswith(".txt"):
                continue
            calls = tuple(data.decode("ascii").split())
            if part[1].startswith("Training"):
                found.training.append(calls)
            elif part[1].startswith("Validation"):
                found.validation.append(calls)
            else:
                found.attacks.append(calls)
                found.runs.append(part[2])
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError, IndexError) as error:
        raise ConfigError(f"{path} cannot be read; --data-dir must lead to a folder with adfa/ADFA-LD.zip") from error
    if not (found.training and found.validation and found.attacks):
        raise ConfigError(f"{path} does not hold the three parts of ADFA-LD; download it again")
    return found


def items(traces: Sequence[tuple[str, ...]], name: str, label: str | None) -> list[Item]:
    """Traces as the contract has them, a call an event."""
    return [Item(f"{name}{n}", event_sequence(one, f"{name}{n}", Limits(min_events=1)), label) for n, one in enumerate(traces)]


def novelty_rows(traces: Traces, settings: Settings, tell: Tell) -> list[Row]:
    """AUC of attacks among the normal traces that nobody trained on."""
    data = DataSet("ADFA-LD, normal", tuple(items(traces.training, "t", None)))
    asked = [*items(traces.validation, "v", None), *items(traces.attacks, "a", None)]
    attack = np.arange(len(asked)) >= len(traces.validation)
    known = set(traces.training)
    fresh = attack | np.array([one not in known for one in (*traces.validation, *traces.attacks)])
    unseen = _unseen_grams(traces)
    found = []
    for seed in settings.seeds:
        plan = settings.plan(NOVELTY, seed)
        sparse = judged(data, plan, asked, tell)
        dense = judged(data, replace(plan, attention="softmax"), asked, tell) if settings.twin else None
        for metric, kept in (("AUC", np.ones(len(asked), np.bool_)), ("AUC without duplicates", fresh)):
            more: Row = {"baseline": _auc(attack, unseen, kept)}
            if dense is not None:
                more |= {"dense_twin": _auc(attack, dense.scores, kept), "dense_seconds": round(dense.seconds, 1)}
            found.append(row(SET, "novelty", metric, _auc(attack, sparse.scores, kept), seed, sparse, **more))
        flagged = np.array([one.label != "normal" for one in sparse.found])
        found.append(row(SET, "novelty", "flagged normal traces, 1 % asked", float(flagged[~attack].mean()), seed, sparse))
    return found


def label_rows(traces: Traces, settings: Settings, tell: Tell) -> list[Row]:
    """AUC and average precision in five folds by run, and of every type left out."""
    normal = items([*traces.training, *traces.validation], "n", "normal")
    attacks = items(traces.attacks, "a", "attack")
    found = []
    for seed in settings.seeds:
        plan = settings.plan(LABELS, seed)
        fold_of_normal, fold_of_attack = folds(len(normal), traces.runs, seed)
        truth, score, dense, rival, seconds = [], [], [], [], [0.0, 0.0]
        for fold in range(_FOLDS):
            kept = [*_part(normal, fold_of_normal != fold), *_part(attacks, fold_of_attack != fold)]
            asked = [*_part(normal, fold_of_normal == fold), *_part(attacks, fold_of_attack == fold)]
            given = DataSet(f"ADFA-LD, fold {fold + 1}", tuple(kept))
            sparse = judged(given, plan, asked, tell)
            seconds[0] += sparse.seconds
            if settings.twin:
                twin = judged(given, replace(plan, attention="softmax"), asked, tell)
                seconds[1] += twin.seconds
                dense.append(twin.scores)
            truth.append(np.array([item.faulty is True for item in asked]))
            score.append(sparse.scores)
            rival.append(_grams(kept, asked))
        # Every fold has its own model: figures are of each, and their mean.
        for metric, measure in (("AUC", roc_auc_score), ("AP", average_precision_score)):
            of_folds = [_mean(measure, truth, scores) for scores in (score, rival, dense)]
            more: Row = {"baseline": of_folds[1], "seconds": round(seconds[0], 1)}
            if settings.twin:
                more |= {"dense_twin": of_folds[2], "dense_seconds": round(seconds[1], 1)}
            found.append(row(SET, "labels, five folds by run", metric, of_folds[0], seed, sparse, **more))
        found += _types_left_out(traces, normal, attacks, fold_of_normal, plan, tell)
    return found


def _mean(measure: Measure, truth: Sequence[NDArray[np.bool_]], scores: Sequence[NDArray[np.float64]]) -> float:
    """Mean of a figure over folds; without scores not a number."""
    return float(np.mean([measure(t, s) for t, s in zip(truth, scores, strict=True)])) if scores else float("nan")


def _types_left_out(
    traces: Traces, normal: list[Item], attacks: list[Item], fold: NDArray[np.int64], plan: Plan, tell: Tell
) -> list[Row]:
    types, found = np.array(traces.types), []
    for one in sorted(set(traces.types)):
        kept = [*_part(normal, fold != 0), *_part(attacks, types != one)]
        asked = [*_part(normal, fold == 0), *_part(attacks, types == one)]
        truth = np.array([item.faulty is True for item in asked])
        sparse = judged(DataSet(f"ADFA-LD without {one}", tuple(kept)), plan, asked, tell)
        baseline = float(average_precision_score(truth, _grams(kept, asked)))
        value = float(average_precision_score(truth, sparse.scores))
        found.append(row(SET, f"labels, {one} left out", "AP", value, plan.seed, sparse, baseline=baseline))
    return found


def folds(normal: int, runs: Sequence[str], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A fold for every normal trace, and one for every attack, the same for all of a run."""
    rng = np.random.default_rng(seed)
    names = sorted(set(runs))
    of_run = dict(zip(rng.permutation(names).tolist(), (np.arange(len(names)) % _FOLDS).tolist(), strict=True))
    return rng.permutation(normal) % _FOLDS, np.array([of_run[run] for run in runs])


def _part(some: Sequence[Item], kept: NDArray[np.bool_]) -> list[Item]:
    return [item for item, keep in zip(some, kept.tolist(), strict=True) if keep]


def _auc(truth: NDArray[np.bool_], score: NDArray[np.float64], kept: NDArray[np.bool_]) -> float:
    return float(roc_auc_score(truth[kept], score[kept]))


def _unseen_grams(traces: Traces) -> NDArray[np.float64]:
    """Share of every trace's 6-grams that the training traces do not hold."""
    known = {gram for trace in traces.training for gram in _windows(trace)}
    judged_ones = (*traces.validation, *traces.attacks)
    return np.array([np.mean([gram not in known for gram in _windows(trace)]) for trace in judged_ones])


def _windows(trace: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [trace[start : start + _GRAM] for start in range(max(len(trace) - _GRAM, 0) + 1)]


def _grams(kept: Sequence[Item], asked: Sequence[Item]) -> NDArray[np.float64]:
    """Logistic regression on 1- to 3-grams."""

    def text(some: Sequence[Item]) -> list[str]:
        return [" ".join(event.text for event in item.sequence.events) for item in some]

    pipe = make_pipeline(
        CountVectorizer(ngram_range=(1, 3), token_pattern=r"\S+", min_df=2),  # noqa: S106 - no password
        TfidfTransformer(sublinear_tf=True),
        LogisticRegression(C=10.0, max_iter=1000),
    )
    pipe.fit(text(kept), [item.faulty is True for item in kept])
    return np.asarray(pipe.decision_function(text(asked)))
