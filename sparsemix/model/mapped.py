"""Rows of events in files that have no name, so that memory need not hold them while nobody reads them.

    x = rows(100_000, 64)      # in memory, as any tensor
    ...
    set_aside(x)               # takes no memory until it is read again

Linux keeps such pages as it keeps those of any file, and writes them to the disk where memory is short. The files lie where
TMPDIR says, else in /var/tmp, which is a disk where /tmp is memory (Filesystem Hierarchy Standard 3.0, 5.15); nobody else can
open them, and they end with the process. Where a system has no such files, or no room for one, rows are in memory as ever.
Source: madvise(2), MADV_DONTNEED.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from weakref import WeakValueDictionary

import numpy as np
import torch
from torch import Tensor

_FOLDER = "/var/tmp"  # noqa: S108 - nobody else can open a file without a name
# Rows that are worth a file.
_LONG = 2**16
# By their address. A file ends with the last tensor that shows it.
_files: WeakValueDictionary[int, mmap.mmap] = WeakValueDictionary()


def rows(events: int, width: int) -> Tensor:
    """Return memory for rows [N, M] in double precision, with any values."""
    if events <= _LONG or sys.platform != "linux":
        return torch.empty(events, width, dtype=torch.float64)
    try:
        with tempfile.TemporaryFile(dir=None if os.environ.get("TMPDIR") else _FOLDER) as file:
            # A full disk is found here, where it is no more than an error.
            os.posix_fallocate(file.fileno(), 0, events * width * 8)
            shown = mmap.mmap(file.fileno(), events * width * 8)
    except OSError:
        return torch.empty(events, width, dtype=torch.float64)
    found = torch.from_numpy(np.frombuffer(shown, np.float64).reshape(events, width))
    _files[found.data_ptr()] = shown
    return found


def set_aside(x: Tensor) -> None:
    """Take rows that `rows` returned out of memory until they are read or written again; nothing for any other tensor."""
    shown = _files.get(x.data_ptr())
    if shown is not None:
        shown.madvise(mmap.MADV_DONTNEED)
