"""How much input a reader accepts before it refuses."""

from dataclasses import dataclass, fields

from sparsemix.errors import ConfigError

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one input; raises ConfigError for values that no input could satisfy."""

    max_bytes: int = 64 * MIB
    """Size as uploaded."""
    max_unpacked: int = 256 * MIB
    """Size after gzip unpacking."""
    max_ratio: int = 200
    """Unpacked bytes per packed byte; not asked of files below 1 MiB unpacked."""
    max_line_chars: int = 10_000
    """Longer lines are cut to this length."""
    max_lines: int = 2_000_000
    """Physical lines: bounds the work on files that are mostly blank or skipped."""
    max_events: int = 200_000
    min_events: int = 2

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or value < 1:
                raise ConfigError(f"Limits.{field.name} must be a whole number of at least 1, not {value!r}.")
        if self.min_events > self.max_events:
            raise ConfigError(f"min_events ({self.min_events}) is above max_events ({self.max_events}).")
