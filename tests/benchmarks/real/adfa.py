"""ADFA-LD: traces of system calls, 833 and 4,372 normal ones and 746 of attacks (Creech and Hu 2013).

*Novelty*: learned from the 833 alone, the others ranked. 422 of the normal traces that are judged also occur among the 833, so
figures are given with and without them. A trace is judged by its typical call, the median: attacks here are other programs at
work, not one odd call. Up to nine calls before a call and up to nine after it (counts of the 833), and to a small part the
attention, determine how odd the call is. Order, quantile and the weight of the attention were chosen on these same traces.
Baseline: the share of a trace's 6-grams that do not occur in the 833.

*Labels*: five folds, attacks of one run in one fold. Baseline: logistic regression on 1- to 3-grams.

*Leave one type out*: trained without one of the six types of attack, which is then told from the normal traces of one fold.
"""

from __future__ import annotations

import time
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

from sparsemix.dataset import DataSet, Item
from sparsemix.dataset.archive import packed_files
from sparsemix.errors import ConfigError
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence
from sparsemix.training.own_data import Plan
from tests.benchmarks.real.rows import RealSettings, judged, keys_row, row, rows_beside
from tests.benchmarks.real.trivial import Measure, log_detectors
from tests.benchmarks.report import Row, Tell

SET = "adfa"
_FOLDS = 5
_GRAM = 6
NOVELTY = Plan(task="novelty", judge="typical", context=6, longest=512, steps=400)
Figure = Callable[[NDArray[np.bool_], NDArray[np.float64]], float]
LABELS = Plan(task="label", context=3, longest=1024, steps=300, features=32_768)


@dataclass(frozen=True, slots=True)
class Traces:
    """The calls of every trace; for each attack the run that it belongs to, and its type."""

    training: list[tuple[str, ...]]
    validation: list[tuple[str, ...]]
    attacks: list[tuple[str, ...]]
    runs: list[str]

    @property
    def types(self) -> list[str]:
        """The type of every attack."""
        return [run.rpartition("_")[0] for run in self.runs]


def load(folder: Path) -> Traces:
    """Read ``ADFA-LD.zip``. Raises `ConfigError` that names the file and what to do about it."""
    path = folder / "ADFA-LD.zip"
    traces = Traces([], [], [], [])
    try:
        for packed in packed_files(path.read_bytes(), path.name, Limits(max_ratio=1000)):
            if packed.error is not None:
                raise packed.error
            part = packed.name.split("/")
            if len(part) < 3 or not packed.name.endswith(".txt"):
                continue
            calls = tuple(packed.content.decode("ascii").split())
            if part[1].startswith("Training"):
                traces.training.append(calls)
            elif part[1].startswith("Validation"):
                traces.validation.append(calls)
            else:
                traces.attacks.append(calls)
                traces.runs.append(part[2])
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError, IndexError) as error:
        raise ConfigError(f"{path} cannot be read; --data-dir must lead to a folder with adfa/ADFA-LD.zip") from error
    if not (traces.training and traces.validation and traces.attacks):
        raise ConfigError(f"{path} does not hold the three parts of ADFA-LD; download it again")
    return traces


def items(traces: Sequence[tuple[str, ...]], name: str, label: str | None) -> list[Item]:
    """Return traces as items of the data set contract, one event per call."""
    limits = Limits(min_events=1)
    return [Item(f"{name}{n}", event_sequence(trace, f"{name}{n}", limits), label) for n, trace in enumerate(traces)]


def novelty_rows(traces: Traces, settings: RealSettings, tell: Tell) -> list[Row]:
    """Return the AUC of attacks among the normal traces that training did not see."""
    data = DataSet("ADFA-LD, normal", tuple(items(traces.training, "t", None)))
    asked = [*items(traces.validation, "v", None), *items(traces.attacks, "a", None)]
    attack = np.arange(len(asked)) >= len(traces.validation)
    known = set(traces.training)
    fresh = attack | np.array([trace not in known for trace in (*traces.validation, *traces.attacks)])
    unseen = _unseen_grams(traces)
    started = time.monotonic()
    simple = log_detectors(data.items, asked, settings.seeds[0]) | {"unseen 6-grams": unseen}
    seconds, result = time.monotonic() - started, list[Row]()
    for seed in settings.seeds:
        plan = settings.plan(NOVELTY, seed)
        sparse = judged(data, plan, asked, tell)
        dense = judged(data, replace(plan, attention="softmax"), asked, tell) if settings.twin else None
        for metric, counted in (("AUC", np.ones(len(asked), np.bool_)), ("AUC without duplicates", fresh)):
            more: Row = {"baseline": _auc(attack, unseen, counted)}
            if dense is not None:
                more |= {"dense_twin": _auc(attack, dense.scores, counted), "dense_seconds": round(dense.seconds, 1)}
            result.append(row(SET, "novelty", metric, _auc(attack, sparse.scores, counted), seed, sparse, **more))
            if counted.all():
                rivals = {name: _chosen(attack, scores) for name, scores in simple.items()}
                result += rows_beside(result[-1], _chosen(attack, sparse.scores), rivals, len(asked), seconds)
        flagged = np.array([prediction.label != "normal" for prediction in sparse.predictions])
        result.append(row(SET, "novelty", "flagged normal traces, 1 % asked", float(flagged[~attack].mean()), seed, sparse))
        result.append(keys_row(SET, "novelty", seed, sparse))
    return result


def label_rows(traces: Traces, settings: RealSettings, tell: Tell) -> list[Row]:
    """Return AUC and average precision in five folds by run, and the average precision for every type left out."""
    normal = items([*traces.training, *traces.validation], "n", "normal")
    attacks = items(traces.attacks, "a", "attack")
    result = []
    for seed in settings.seeds:
        plan = settings.plan(LABELS, seed)
        fold_of_normal, fold_of_attack = folds(len(normal), traces.runs, seed)
        truth, score, dense, rival, seconds = [], [], [], [], [0.0, 0.0]
        for fold in range(_FOLDS):
            training = [*_part(normal, fold_of_normal != fold), *_part(attacks, fold_of_attack != fold)]
            asked = [*_part(normal, fold_of_normal == fold), *_part(attacks, fold_of_attack == fold)]
            given = DataSet(f"ADFA-LD, fold {fold + 1}", tuple(training))
            sparse = judged(given, plan, asked, tell)
            seconds[0] += sparse.seconds
            if settings.twin:
                twin = judged(given, replace(plan, attention="softmax"), asked, tell)
                seconds[1] += twin.seconds
                dense.append(twin.scores)
            truth.append(np.array([item.faulty is True for item in asked]))
            score.append(sparse.scores)
            rival.append(_gram_scores(training, asked))
        # Every fold has its own model: the figure is the mean over the folds.
        for metric, measure in (("AUC", roc_auc_score), ("AP", average_precision_score)):
            of_folds = [_mean(measure, truth, scores) for scores in (score, rival, dense)]
            more: Row = {"baseline": of_folds[1], "seconds": round(seconds[0], 1)}
            if settings.twin:
                more |= {"dense_twin": of_folds[2], "dense_seconds": round(seconds[1], 1)}
            result.append(row(SET, "labels, five folds by run", metric, of_folds[0], seed, sparse, **more))
        result += _types_left_out(traces, normal, attacks, fold_of_normal, plan, tell)
    return result


def _mean(measure: Figure, truth: Sequence[NDArray[np.bool_]], scores: Sequence[NDArray[np.float64]]) -> float:
    """Return the mean of a figure over folds; without scores not-a-number."""
    return float(np.mean([measure(t, s) for t, s in zip(truth, scores, strict=True)])) if scores else float("nan")


def _types_left_out(
    traces: Traces, normal: list[Item], attacks: list[Item], fold: NDArray[np.int64], plan: Plan, tell: Tell
) -> list[Row]:
    types, result = np.array(traces.types), []
    for left_out in sorted(set(traces.types)):
        training = [*_part(normal, fold != 0), *_part(attacks, types != left_out)]
        asked = [*_part(normal, fold == 0), *_part(attacks, types == left_out)]
        truth = np.array([item.faulty is True for item in asked])
        sparse = judged(DataSet(f"ADFA-LD without {left_out}", tuple(training)), plan, asked, tell)
        baseline = float(average_precision_score(truth, _gram_scores(training, asked)))
        value = float(average_precision_score(truth, sparse.scores))
        result.append(row(SET, f"labels, {left_out} left out", "AP", value, plan.seed, sparse, baseline=baseline))
    return result


def folds(normal: int, runs: Sequence[str], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw a fold for every normal trace and for every attack; all attacks of a run are in the same fold."""
    rng = np.random.default_rng(seed)
    names = sorted(set(runs))
    of_run = dict(zip(rng.permutation(names).tolist(), (np.arange(len(names)) % _FOLDS).tolist(), strict=True))
    return rng.permutation(normal) % _FOLDS, np.array([of_run[run] for run in runs])


def _part(some: Sequence[Item], chosen: NDArray[np.bool_]) -> list[Item]:
    return [item for item, keep in zip(some, chosen.tolist(), strict=True) if keep]


def _auc(truth: NDArray[np.bool_], score: NDArray[np.float64], counted: NDArray[np.bool_]) -> float:
    return float(roc_auc_score(truth[counted], score[counted]))


def _chosen(truth: NDArray[np.bool_], score: NDArray[np.float64]) -> Measure:
    """Return the AUC of chosen traces as a function; of one class only, not-a-number."""

    def auc(chosen: NDArray[np.int64]) -> float:
        true = truth[chosen]
        return float(roc_auc_score(true, score[chosen])) if true.any() and not true.all() else float("nan")

    return auc


def _unseen_grams(traces: Traces) -> NDArray[np.float64]:
    """Return the share of every trace's 6-grams that do not occur in the training traces."""
    known = {gram for trace in traces.training for gram in _windows(trace)}
    judged_traces = (*traces.validation, *traces.attacks)
    return np.array([np.mean([gram not in known for gram in _windows(trace)]) for trace in judged_traces])


def _windows(trace: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [trace[start : start + _GRAM] for start in range(max(len(trace) - _GRAM, 0) + 1)]


def _gram_scores(training: Sequence[Item], asked: Sequence[Item]) -> NDArray[np.float64]:
    """Return the scores of logistic regression on 1- to 3-grams, fitted on ``training`` and applied to ``asked``."""

    def text(some: Sequence[Item]) -> list[str]:
        return [" ".join(event.text for event in item.sequence.events) for item in some]

    pipe = make_pipeline(
        CountVectorizer(ngram_range=(1, 3), token_pattern=r"\S+", min_df=2),  # noqa: S106 - no password
        TfidfTransformer(sublinear_tf=True),
        LogisticRegression(C=10.0, max_iter=1000),
    )
    pipe.fit(text(training), [item.faulty is True for item in training])
    return np.asarray(pipe.decision_function(text(asked)))
