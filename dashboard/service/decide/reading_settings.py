"""Reading settings in the app: a preview of a file, and the settings that are remembered of a source.

    options = remembered(access, "line4")           # ReadOptions: the guess where nothing is remembered
    read = preview(data, "line4.csv", options)      # what was read, or why nothing was

No streamlit here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from audit import Access
from dashboard.service.decide.pipeline import display_name
from sparsemix import InputError, TokenSequence
from sparsemix.dataset import first_table
from sparsemix.readers import Columns, FileRead, Limits, ReadOptions, read_file
from sparsemix.readers.stamps import RULES
from sparsemix.readers.survey import ColumnSurvey, Sampling, sampling, survey_columns
from sparsemix.readers.table import Table
from sparsemix.readers.templates import LogTemplates, log_templates

HEAD = 20
"""Number of rows that a preview shows."""
# Errors that other roles of the columns would mend.
_OF_COLUMNS = ("no_such_column", "bad_columns")


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
        read = read_file(data, display_name(name), Limits(), requested)
    except InputError as error:
        return _without_roles(data, name, requested, error) if error.code in _OF_COLUMNS else Preview(requested, error=error)
    sequence = read.sequence
    return Preview(
        requested,
        # All cells of a large table would stay in the session.
        replace(read, table=None),
        None,
        read.options,
        _head(read),
        tuple(survey_columns(read.table, read.options.columns)) if read.table else (),
        sampling(sequence),
        # The rows of a table all follow one template.
        None if sequence.source_format == "csv" else log_templates(sequence.events),
    )


def preview_data_set(files: Iterable[tuple[str, bytes]], requested: ReadOptions) -> Preview:
    """Preview the columns of the first table among the files of a data set; empty where there is no table, and with the error
    where the roles of the columns do not fit."""
    try:
        table = first_table(files, requested)
    except InputError as error:
        return Preview(requested, error=error)
    if table is None:
        return Preview(requested)
    head = Table(table.names, table.rows[:HEAD])
    try:
        roles = requested.columns.settle(table.names, table.sample, by_name=True)
    except InputError as error:
        return Preview(requested, error=error, head=head)
    return Preview(requested, options=replace(requested, columns=roles), head=head, columns=tuple(survey_columns(table, roles)))


def remembered(access: Access, source: str) -> ReadOptions:
    """Return how files of a source are to be read; what is not set is guessed, by the rules of this version. Raises
    `InputError` when the settings are invalid."""
    reading = access.readings.of(source)
    return ReadOptions() if reading is None else replace(ReadOptions.from_payload(reading.settings), rules=RULES)


def _without_roles(data: bytes, name: str, requested: ReadOptions, error: InputError) -> Preview:
    """Return the error with the columns that the file has, so that the roles can be corrected."""
    try:
        read = read_file(data, display_name(name), Limits(), replace(requested, columns=Columns()))
    except InputError:
        return Preview(requested, error=error)
    return Preview(requested, error=error, options=read.options, head=_head(read))


def _head(read: FileRead) -> Table | None:
    return None if read.table is None else Table(read.table.names, read.table.rows[:HEAD])
