"""The folder for what the program keeps about this machine while it runs: its user's, and closed to everybody else.

It is ``sparsemix`` in XDG_RUNTIME_DIR (XDG Base Directory Specification), or ``sparsemix-USER`` in the folder for temporary
files, where anybody may have put something else first.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

_log = logging.getLogger(__name__)


def own_folder() -> Path:
    """Return the folder, made where it is missing; one of this process alone where the place is not this user's."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and _is_own(Path(runtime)):
        folder = Path(runtime) / "sparsemix"
    else:
        folder = Path(tempfile.gettempdir()) / f"sparsemix-{os.getuid()}"
    with suppress(OSError):
        folder.mkdir(mode=stat.S_IRWXU, exist_ok=True)
    return folder if _is_own(folder) else Path(_of_this_process(folder).name)


def _is_own(folder: Path) -> bool:
    """Return whether this is a folder, no link to one, that is this user's and closed to all others."""
    try:
        about = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and about.st_mode & 0o777 == stat.S_IRWXU


@cache
def _of_this_process(instead_of: Path) -> tempfile.TemporaryDirectory[str]:
    _log.warning(
        "%s is not a folder of mode 0700 that belongs to the user who runs this program. Several processes of the program "
        "cannot share there what memory they have reserved. Remove it, or set XDG_RUNTIME_DIR to a folder of that user's.",
        instead_of,
    )
    return tempfile.TemporaryDirectory(prefix="sparsemix-")
