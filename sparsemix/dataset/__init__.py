"""The data set contract: a user's own sequences, with or without labels, as the shell and the app read them.

JSON lines, one sequence per line::

    {"id": "lot-17", "events": ["line one", "line two"], "label": "normal"}
    {"id": "post-3", "text": "a text, split into words", "label": 1, "spans": [[2, 6]]}

``events`` are lines as in a log; ``text`` is split into words that keep their character offsets. ``id``, ``label`` and
``spans`` may be missing. ``spans`` mark the faulty part, as ``[start, stop)`` or as single positions: of characters in a text,
of events in a list.

Or a table (CSV, Parquet, Excel), one row per step: the columns ``sequence_id``, ``time`` and ``label`` may be missing, every
other column is a feature. ``Columns`` gives other names. With several sequences, each of which has the same label in all of its
rows, labels belong to sequences; otherwise every row has its own label.

Or a folder of such files, or of plain logs, one sequence per file; files may be gzipped, archives (.zip) are read as folders.

Which labels mean normal follows from their words, or is said by a person (``understood``).

Data with any part that cannot be read are refused whole, and the error names the place: nobody trains on half of a file without
knowing.
"""

from sparsemix.dataset.item import DataSet, Item, meaning, understood
from sparsemix.dataset.reading import first_table, read_dataset, read_files, with_labels
from sparsemix.readers.columns import Columns

__all__ = ["Columns", "DataSet", "Item", "first_table", "meaning", "read_dataset", "read_files", "understood", "with_labels"]
