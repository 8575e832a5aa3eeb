"""Where the program lies, and where its data lie.

PACKAGES    the folder that holds the packages: the root of a checkout, or ``site-packages``
HOME        the folder that ``data/audit.db`` and the app's other relative paths belong to: the root of a checkout; for an
            installed copy the folder where the command was given
"""

from __future__ import annotations

from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[3]
IN_CHECKOUT = (PACKAGES / "pyproject.toml").is_file()
HOME = PACKAGES if IN_CHECKOUT else Path.cwd()


def how_to_install(extra: str) -> str:
    """Return the command that installs an optional part: ``gate`` or ``scale``."""
    return f"pip install -r requirements-{extra}.txt" if IN_CHECKOUT else f'pip install "sparsemix[{extra}]"'
