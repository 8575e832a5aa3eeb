"""Errors of decoders as words with advice: the one place where what they raise becomes an `InputError`.

    with decoding(f"{name} cannot be read as Parquet.", "bad_table", name=name):
        file = pq.ParquetFile(BytesIO(data))

Decoders of others (zipfile, zlib, pyarrow, openpyxl, expat) raise whatever a damaged file leads them to: beside errors of their
own ``OverflowError``, ``AttributeError`` or ``struct.error``. Which of them is no news to the person who chose the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sparsemix.errors import InputError, ParamValue


@contextmanager
def decoding(message: str, code: str, **params: ParamValue) -> Iterator[None]:
    """Turn every error of the decoder that is called in this block into an `InputError` with this ``message`` and ``code``;
    where memory does not suffice, with the code no_memory."""
    try:
        yield
    except InputError:
        raise
    except MemoryError as error:
        raise no_memory() from error
    except Exception as error:  # the decoder's or the file's fault, which nobody can tell apart
        raise InputError(message, code=code, **params) from error


@contextmanager
def within_bounds(name: str) -> Iterator[None]:
    """Turn the errors of reading that only crafted files lead to into an `InputError`: no_memory, or undecodable for values
    that no calendar, number or text can hold."""
    try:
        yield
    except MemoryError as error:
        raise no_memory() from error
    except (OverflowError, RecursionError, UnicodeError) as error:
        raise InputError(
            f"{name} holds values that cannot be read ({type(error).__name__}). Export it again, or save it as CSV.",
            code="undecodable",
            name=name,
        ) from error


def no_memory() -> InputError:
    """Return the error for a file that needs more memory than there is."""
    return InputError("The file needs more memory than there is to read it. Take a part of it.", code="no_memory")
