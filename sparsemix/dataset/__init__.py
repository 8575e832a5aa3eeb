"""The data set contract: one's own sequences, with or without labels, as the shell and the app read them.

JSON lines, one sequence a line::

    {"id": "lot-17", "events": ["line one", "line two"], "label": "normal"}
    {"id": "post-3", "text": "a text, split into words", "label": 1, "spans": [[2, 6]]}

``events`` are lines as they stand in a log; ``text`` is split into words that remember their character offsets. ``id``,
``label`` and ``spans`` may be missing. ``spans`` mark what is faulty, as ``[start, stop)`` or as single places: characters of a
text, places of events in a list.

Or a table (CSV, Parquet, Excel), one row a step: the columns ``sequence_id``, ``time`` and ``label`` may be missing, every
other column is a feature. Other names are told by ``Columns``. Where a label is the same in every row of a sequence, for all of
several sequences, it is the sequence's; otherwise every row has its own.

Or a folder of such files, or of plain logs, one sequence a file; files may be gzipped, archives (.zip) are read as folders.

Data that cannot be read whole are refused whole, with the place: nobody learns from half of a file without knowing.
"""

from sparsemix.dataset.item import DataSet, Item
from sparsemix.dataset.reading import first_table, read_dataset, read_files, with_labels
from sparsemix.readers.columns import Columns

__all__ = ["Columns", "DataSet", "Item", "first_table", "read_dataset", "read_files", "with_labels"]
