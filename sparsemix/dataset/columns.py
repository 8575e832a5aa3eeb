"""What the columns of a table are: a guess by their names, and what a person says instead.

Columns.parse("time=日時,label=quality,sequence_id=lot,ignore=operator,ignore=note")
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sparsemix.errors import InputError
from sparsemix.readers.columns import LEVEL_NAMES, SOURCE_NAMES, TIME_NAMES, pick

SEQUENCE_NAMES = (
    "sequence_id",
    "sequence",
    "seq_id",
    "run_id",
    "lot_id",
    "batch_id",
    "trace_id",
    "session_id",
    "block_id",
    "ロット",
)
LABEL_NAMES = ("label", "labels", "class", "target", "is_anomaly", "anomaly", "fault", "ラベル", "判定")
ROLES = ("time", "label", "sequence_id", "source", "level", "ignore")


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that are no features. None: to be guessed; empty text: there is none, whatever the names say."""

    time: str | None = None
    label: str | None = None
    sequence_id: str | None = None
    source: str | None = None
    level: str | None = None
    ignore: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Columns:
        """Read ``role=column,role=column``; ``ignore`` may occur several times. Raises InputError."""
        found: dict[str, str] = {}
        ignored: list[str] = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            role, separator, name = (side.strip() for side in part.partition("="))
            if not separator or role not in ROLES:
                raise InputError(
                    f"--columns: {part!r} is not role=column with one of the roles {', '.join(ROLES)}.",
                    code="bad_columns",
                    part=part,
                )
            if role == "ignore":
                ignored.append(name)
            elif role in found:
                raise InputError(f"--columns: the role {role} is given twice.", code="bad_columns", part=part)
            else:
                found[role] = name
        return cls(**found, ignore=tuple(ignored))

    def settle(self, names: Sequence[str]) -> Columns:
        """The same with every role decided for a table whose columns have these ``names``: a name, or empty text.

        Raises InputError where the table lacks a column that was named, or one column has two roles.
        """
        known = {name.strip().lower(): name for name in reversed(names)}
        chosen: dict[str, str] = {}
        guesses = {
            "sequence_id": SEQUENCE_NAMES,
            "label": LABEL_NAMES,
            "time": TIME_NAMES,
            "source": SOURCE_NAMES,
            "level": LEVEL_NAMES,
        }
        for role, usual in guesses.items():
            wanted = getattr(self, role)
            chosen[role] = (pick(names, usual) or "") if wanted is None else _present(wanted, known, names) if wanted else ""
        ignore = tuple(_present(name, known, names) for name in self.ignore)
        twice = [name for name, times in Counter([*filter(None, chosen.values()), *ignore]).items() if times > 1]
        if twice:
            raise InputError(f"The column {twice[0]!r} has two roles. Give it one.", code="bad_columns", part=twice[0])
        return replace(self, **chosen, ignore=ignore)

    def features(self, names: Sequence[str]) -> list[str]:
        """The columns that are features, once the roles are settled: source and level too, for the model reads them."""
        return [name for name in names if name not in (self.time, self.label, self.sequence_id, *self.ignore)]


def _present(wanted: str, known: dict[str, str], names: Sequence[str]) -> str:
    found = known.get(wanted.strip().lower())
    if found is None:
        shown = ", ".join(names[:20]) + (" ..." if len(names) > 20 else "")
        raise InputError(f"The table has no column {wanted!r}; it has {shown}.", code="no_such_column", column=wanted)
    return found
