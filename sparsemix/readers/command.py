"""What the shell may say of how a file is read: ``--columns``, ``--encoding``, ``--time-zone``."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from sparsemix.readers.columns import ROLES, Columns
from sparsemix.readers.decode import ENCODINGS
from sparsemix.readers.options import ReadOptions


def add_read_options(parser: ArgumentParser) -> None:
    """What is not said is guessed."""
    parser.add_argument(
        "--columns",
        default="",
        metavar="ROLE=NAME,...",
        help=f"columns of a table that are no features: {', '.join(ROLES)}; ROLE= for none",
    )
    parser.add_argument("--encoding", choices=ENCODINGS, help="of a text; default: recognised")
    parser.add_argument("--time-zone", metavar="ZONE", help="of times that name none, such as Asia/Tokyo; default: UTC")


def read_options(arguments: Namespace) -> ReadOptions:
    """What was said. Raises InputError for roles and zones that there are not."""
    return ReadOptions(arguments.encoding, arguments.time_zone, Columns.parse(arguments.columns))
