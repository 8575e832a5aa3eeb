"""Reading settings in the app: a preview of a file, and the settings that are remembered of a source.

    options = remembered(access, "line4")           # ReadOptions: the guess where nothing is remembered
    read = preview(data, "line4.csv", options)      # what was read, or why nothing was

No streamlit here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from audit import Access
from dashboard.service.common.names import display_name
from dashboard.service.reading.reader import Looked, look_at, look_at_columns
from sparsemix import InputError, TokenSequence
from sparsemix.readers import FileRead, ReadOptions
from sparsemix.readers.stamps import RULES
from sparsemix.readers.survey import ColumnSurvey, Sampling
from sparsemix.readers.table import Table
from sparsemix.readers.templates import LogTemplates


@dataclass(frozen=True, slots=True)
class Preview:
    """A file as it was read, or the reason why it was not.

    ``requested``: the settings as given; ``read``: what was read by them; ``options``: the same with nothing left to guess;
    ``head``: names and first cells of the columns of a table or of JSON objects, present also where only the roles of the
    columns do not fit.
    """

    requested: ReadOptions
    read: FileRead | None = None
    error: InputError | None = None
    options: ReadOptions | None = None
    head: Table | None = None
    columns: tuple[ColumnSurvey, ...] = ()
    sampling: Sampling | None = None
    templates: LogTemplates | None = None

    @property
    def sequence(self) -> TokenSequence | None:
        """Return the file's events."""
        return None if self.read is None else self.read.sequence


def preview(data: bytes, name: str, requested: ReadOptions) -> Preview:
    """Read a file for display; for input that cannot be used the result holds the error, which is not raised."""
    try:
        looked = look_at(data, display_name(name), requested)
    except InputError as error:
        return Preview(requested, error=error)
    return _preview(requested, looked)


def preview_data_set(files: Sequence[tuple[str, bytes]], requested: ReadOptions) -> Preview:
    """Preview the columns of the first table among the files of a data set; empty where there is no table, and with the error
    where the roles of the columns do not fit."""
    try:
        looked = look_at_columns(files, requested)
    except InputError as error:
        return Preview(requested, error=error)
    return _preview(requested, looked)


def _preview(requested: ReadOptions, looked: Looked) -> Preview:
    known = looked.columns, looked.sampling, looked.templates
    return Preview(requested, looked.read, looked.error, looked.options, looked.head, *known)


def remembered(access: Access, source: str) -> ReadOptions:
    """Return how files of a source are to be read; what is not set is guessed, by the rules of this version. Raises
    `InputError` when the settings are invalid."""
    reading = access.readings.of(source)
    return ReadOptions() if reading is None else replace(ReadOptions.from_payload(reading.settings), rules=RULES)
