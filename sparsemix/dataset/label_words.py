"""Words of labels: which mean that nothing is wrong, which that something is, and what to do when no word is understood.

A label that means normal decides: every other label then means faulty, and may name the fault. Where no label is known to mean
normal, one of two words decides for the other: in ``NG`` and ``Gut`` the second must mean normal. Numbers are never decided in
this way: 2 beside 1 may be a second fault. In all other cases a person must say which words mean normal; also where every
word could mean it, such as ``NEG`` and ``ok``, for data with two labels have two classes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping

from sparsemix.errors import InputError

NORMAL = frozenset(
    (
        *("0", "0.0", "normal", "ok", "okay", "good", "pass", "passed", "healthy", "benign", "nominal", "clean", "fine"),
        *("negative", "neg", "false", "no", "none", "go", "accept", "accepted", "conforming"),
        *("正常", "正常品", "良品", "良", "良好", "合格", "合格品", "合", "無", "なし", "異常なし", "問題なし", "健全"),
    )
)
FAULTY = frozenset(
    (
        *("1", "1.0", "faulty", "fault", "abnormal", "anomaly", "anomalous", "ng", "nok", "not ok", "bad", "fail", "failed"),
        *("failure", "defect", "defective", "error", "broken", "unhealthy", "malicious", "attack", "alarm"),
        *("positive", "pos", "true", "yes", "no go", "no-go", "reject", "rejected", "nonconforming"),
        *("異常", "異常品", "不良", "不良品", "不合格", "不合格品", "否", "有", "あり", "異常あり", "問題あり", "故障", "欠陥"),
    )
)
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
_NAMED = 10


def word_of(label: str) -> str:
    """Return a label as it is compared: without the differences of capitals and of full-width letters."""
    return unicodedata.normalize("NFKC", label).strip().casefold()


def is_normal(label: str, normal: Collection[str] = NORMAL) -> bool:
    """Return whether a label says that nothing is wrong; an empty one is no label, and normal. ``normal``: words as `word_of`
    returns them."""
    word = word_of(label)
    return not word or word in normal


def normal_words(
    labels: Collection[str], name: str, chosen: Collection[str] | None = None, known: Mapping[str, bool] | None = None
) -> frozenset[str]:
    """Return the words that mean normal among these labels of a data set of this ``name``.

    ``chosen``: the labels of which a person said that they mean normal, none of them for an empty collection; ``known``: labels
    of which it was said before whether they mean normal. Raises `InputError` labels_not_understood, and unknown_labels when
    none of the chosen words is on a label.
    """
    words = {word_of(label) for label in labels}
    if chosen is not None:
        return _chosen(words, labels, name, chosen)
    said = {word_of(label): normal for label, normal in (known or {}).items()}
    normal = (NORMAL | {word for word, means in said.items() if means}) - {word for word, means in said.items() if not means}
    unknown = words - normal - FAULTY - said.keys()
    if len(words) > 1 and words <= normal and not words <= said.keys():
        unknown = words
    elif words & normal or not unknown:
        return normal
    elif len(words) == 2 and len(unknown) == 1 and not any(map(_NUMBER.fullmatch, unknown)):
        return normal | unknown
    shown = listed(sorted(label for label in labels if word_of(label) in unknown))
    why = (
        "all of the labels are words for normal, which leaves one class to learn from"
        if words <= normal
        else "none of the labels is understood to mean normal, and these are not understood"
    )
    raise InputError(
        f"{name}: {why}: {shown}. Say which labels mean normal with --normal WORD,WORD, or --normal= when all of them mean "
        f"faulty. Understood as normal without it: {', '.join(sorted(NORMAL))}.",
        code="labels_not_understood",
        name=name,
        words=shown,
    )


def _chosen(words: set[str], labels: Collection[str], name: str, chosen: Collection[str]) -> frozenset[str]:
    wanted = {word_of(label) for label in chosen}
    if wanted and not wanted & words:
        raise InputError(
            f"{name}: no label is {listed(sorted(chosen))}. The labels are {listed(sorted(labels))}.",
            code="unknown_labels",
            name=name,
            words=listed(sorted(chosen)),
            labels=listed(sorted(labels)),
        )
    # Words that are on no label stay: what has no label is called normal by one of them.
    return frozenset(wanted) | (NORMAL - words)


def listed(labels: Collection[str]) -> str:
    """Return labels in a row for a sentence, the first few of many."""
    more = f" and {len(labels) - _NAMED:,} more" if len(labels) > _NAMED else ""
    return ", ".join(repr(label) for label in list(labels)[:_NAMED]) + more
