"""The judge of any log: it knows no word of any plant, and reads a file by what the file says about itself."""

from __future__ import annotations

from dataclasses import dataclass

from sparsemix.encoding.encoder import EventReading
from sparsemix.encoding.entities import EntityType
from sparsemix.judges.judge import Judge


@dataclass(frozen=True, slots=True)
class AnyLog(Judge):
    """``entities``: what the heads of the first layer match by, of what the file's statistics match by."""

    name = "of_file"
    chosen_by = (("of_file", True),)
    words = ("usual", "unusual")
    by_itself = True

    entities: tuple[EntityType, ...] = ()

    @property
    def reading(self) -> EventReading:
        """Return that events are read by what their file says about itself."""
        return EventReading(of_file=True, entities=self.entities)

    @property
    def word_types(self) -> tuple[EntityType, ...]:
        """Return none: events match by sessions, kinds and states."""
        return ()
