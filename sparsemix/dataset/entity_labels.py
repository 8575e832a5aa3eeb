"""Labels of entities, such as blocks, orders or sessions, whose ids are words of the lines: lines get the labels of their ids.

    labelled = joined(data, {"blk_-160": "Anomaly", "blk_38": "Normal"}, "anomaly_label.csv")

The word rule: letters, digits, their marks and ``_`` are of a word, and so is one ``.`` or ``-`` between two of them, and a
minus before a digit. Everything else ends a word; so does the change between Japanese, Chinese or Korean and other characters,
because these languages write no spaces around an id: ``ロットA17を開始`` holds the word ``A17``. Case counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sparsemix.dataset.item import DataSet, Item, first_faulty
from sparsemix.errors import InputError

ENTITY_NAMES = (
    *("entity_id", "entity", "entityid", "blockid", "block", "order_id", "order", "orderid", "lotid", "lot", "batchid"),
    *("batch", "sessionid", "session", "traceid", "trace", "request_id", "requestid", "request", "job_id", "jobid", "job"),
    *("task_id", "wafer_id", "waferid", "wafer", "part_id", "part", "serial", "serial_number", "process_id", "processid"),
    *("pid", "uuid", "識別子", "ロットid", "ロット番号", "注文", "注文id", "注文番号", "セッション", "ウェハ", "ウエハ"),
    *("製番", "製造番号"),
)
"""Names of columns of ids, in small letters."""
_KANA, _HANGUL = r"\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\uff66-\uff9f", r"\uac00-\ud7a3"
_WIDE = _KANA + _HANGUL + r"\u3005\u3006\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = rf"[^\W{_WIDE}]"
_MARKS = "".join(sign for sign in map(chr, range(0x300, 0x10000)) if unicodedata.category(sign)[0] == "M")
_WORD = re.compile(rf"(?:-(?=\d))?+{_LETTER}++(?:(?:[{_MARKS}]++|[.\-](?={_LETTER})){_LETTER}*+)*+|[{_WIDE}]++")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MOST_PARTS = 8
"""Words of an id; longer ones are not looked for."""
_FEWEST_DIGITS = 4
_IDS_FOUND, _NUMBERS_FOUND, _LINES_FOUND = 0.1, 0.5, 0.5


def joined(data: DataSet, labels: Mapping[str, str | None], name: str) -> DataSet | None:
    """Return the data set with labels of the lines that hold a labelled id; None when no line holds any.

    A line with several labels is faulty if one of them is: it has its first faulty label. In a sequence with such lines, the
    lines without an id have no label and count as normal, as in tables; a sequence without such lines stays as it is.

    Labels must not match by accident. So plain numbers of fewer than four digits and single characters are not looked for:
    any line may hold them. Of all ids, one in ten must occur, or half of all lines must hold one, as when a part of a log comes
    with all labels. Where most of the ids that occur are plain numbers, half of the ids must occur. ``name``: the file of
    the labels. Raises `InputError` labels_by_accident.
    """
    entities = _Entities(labels)
    items = tuple(_joined(item, entities) for item in data.items)
    found, total, lines = len(entities.found), sum(label is not None for label in labels.values()), entities.lines
    if not found:
        return None
    numbers = sum(_NUMBER.fullmatch(id) is not None for id in entities.found)
    least = _NUMBERS_FOUND if 2 * numbers > found else _IDS_FOUND
    if found < least * total and (least == _NUMBERS_FOUND or lines < _LINES_FOUND * data.events):
        raise InputError(
            f"{name}: its ids are of no sequence of {data.name}, and only {found:,} of {total:,} are words of its lines, in "
            f"{lines:,} of {data.events:,} lines. That may be by accident. Check that labels and data belong together; if they "
            "do, leave out the ids that do not occur.",
            code="labels_by_accident",
            name=name,
            found=found,
            total=total,
            lines=lines,
        )
    unlabelled = sum(len(new) for new, old in zip(items, data.items, strict=True) if new is not old) - lines
    notes = [f"labelled_ids:{found}", f"labelled_lines:{lines}"]
    beside = {
        "lines_without_id": unlabelled,
        "ids_in_no_line": len(entities) - found,
        "ids_not_looked_for": entities.left_out,
    }
    notes += [f"{code}:{count}" for code, count in beside.items() if count]
    return replace(data, items=items, notes=(*data.notes, *notes))


class _Entities:
    """Labelled ids to look for, how many were ``left_out``, the ids ``found`` so far, and how many ``lines`` held one."""

    def __init__(self, labels: Mapping[str, str | None]) -> None:
        self._labels: dict[str, list[str]] = {}
        self._parts: dict[str, set[int]] = {}
        self.found: set[str] = set()
        self.left_out = self.lines = 0
        for written, label in labels.items():
            words = [match.span() for match in _WORD.finditer(written)]
            # Brackets or quotes around an id are no part of it, in the table as in the lines.
            id = written[words[0][0] : words[-1][1]] if words else ""
            if label is None:
                continue
            if len(words) > _MOST_PARTS or _common(id):
                self.left_out += 1
                continue
            self._labels.setdefault(id, []).append(label)
            self._parts.setdefault(written[slice(*words[0])], set()).add(len(words))

    def __len__(self) -> int:
        return len(self._labels)

    def labels_in(self, text: str) -> list[str]:
        """Return the labels of the ids in a line, in the order of the line, and count them as found."""
        words = [match.span() for match in _WORD.finditer(text)]
        ids = [
            id
            for place, (start, end) in enumerate(words)
            for parts in self._parts.get(text[start:end], ())
            if place + parts <= len(words) and (id := text[start : words[place + parts - 1][1]]) in self._labels
        ]
        self.found.update(ids)
        self.lines += bool(ids)
        return list(dict.fromkeys(label for id in ids for label in self._labels[id]))


def _common(id: str) -> bool:
    """Return whether any line may hold the id by accident."""
    return len(id) < 2 or (_NUMBER.fullmatch(id) is not None and sum(map(str.isdecimal, id)) < _FEWEST_DIGITS)


def _joined(item: Item, entities: _Entities) -> Item:
    labels: Sequence[list[str]] = [entities.labels_in(event.message) for event in item.sequence.events]
    if not any(labels):
        return item
    several = {step: tuple(some) for step, some in enumerate(labels) if len(some) > 1}
    steps = tuple(first_faulty(some, item.normal) if some else "" for some in labels)
    return replace(item, steps=steps, marked=False, several=several)
