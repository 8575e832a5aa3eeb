"""Labels that lie in a file of their own: a table (CSV, Parquet, Excel) with a column of ids and one of labels.

    data = with_labels(data, content, "labels.csv")

Ids that no sequence has mean that the labels are another data set's: refused whole, for nobody should learn from labels that
were matched by accident.
"""

from __future__ import annotations

from dataclasses import replace

from sparsemix.dataset.item import DataSet
from sparsemix.dataset.labels import label_text
from sparsemix.dataset.reading import LIMITS, table_of
from sparsemix.errors import InputError
from sparsemix.readers.columns import LABEL_NAMES, SEQUENCE_NAMES, pick
from sparsemix.readers.limits import Limits
from sparsemix.readers.options import ReadOptions

ID_NAMES = ("id", *SEQUENCE_NAMES, "file", "name", "ファイル")


def with_labels(
    data: DataSet, content: bytes, name: str, options: ReadOptions | None = None, limits: Limits = LIMITS
) -> DataSet:
    """The same sequences with the labels of the file; those that it does not name keep what they have.

    Raises InputError: no_label_table, labels_twice, labels_of_others, and what reading a table raises.
    """
    labels = _labels(content, name, options or ReadOptions(), limits)
    strangers = sorted(labels.keys() - {item.id for item in data.items})
    if strangers:
        raise InputError(
            f"{name}: {len(strangers):,} of {len(labels):,} ids are of no sequence of {data.name}, such as {strangers[0]!r}. "
            "Check that labels and data belong together.",
            code="labels_of_others",
            count=len(strangers),
            total=len(labels),
            id=strangers[0],
        )
    return replace(data, items=tuple(replace(item, label=labels.get(item.id, item.label)) for item in data.items))


def _labels(content: bytes, name: str, options: ReadOptions, limits: Limits) -> dict[str, str | None]:
    table = table_of(content, name, options, limits)
    names = [] if table is None else [column.strip() for column in table.names]
    id, label = pick(names, ID_NAMES), options.columns.label or pick(names, LABEL_NAMES)
    if table is None or id is None or label not in names:
        raise InputError(
            f"{name}: this is no table of labels. It needs a column id and a column label.", code="no_label_table", name=name
        )
    found: dict[str, str | None] = {}
    for row in table.rows:
        key = row.cells[names.index(id)].strip()
        if key in found:
            raise InputError(
                f"{name}, line {row.line:,}: the id {key!r} has a label already.", code="labels_twice", id=key, line=row.line
            )
        found[key] = label_text(row.cells[names.index(label)], f"{name}, line {row.line:,}")
    return found
