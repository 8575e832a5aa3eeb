"""Errors that this package raises on purpose.

SparseMixError
├── InputError         the file or text given is not usable; carries a stable code and parameters
├── ConfigError        settings contradict each other or are out of range
├── WeightsError       saved weights are missing, damaged or belong to another configuration
├── SelectionError     queries, keys or values are not finite, or too large to be compared
├── TraceError         a selection trace is inconsistent, damaged or of another version
├── ExplanationError   an explanation cannot be given, or is not finite
├── FeedbackError      people's answers cannot be read, or nothing can be learned from them
├── EdgeError          decisions kept by an edge runtime are damaged, missing or cannot be written
├── RunCancelled       a run was stopped on request
└── TrainingCollapsed  training lost its signal (no pair selected, loss not finite)
"""

ParamValue = str | int | float


class SparseMixError(Exception):
    """Base of all errors of this package: catch it to catch them all."""


class InputError(SparseMixError):
    """Input that cannot be read.

    `str(error)` says in English what is wrong and what to do. `code` is short and stable, and `params` holds
    the values of the message, so that an interface can give the same message in another language.
    """

    # `code` has a default because exceptions are unpickled from their positional arguments alone.
    def __init__(self, message: str, *, code: str = "invalid", **params: ParamValue) -> None:
        super().__init__(message)
        self.code = code
        self.params: dict[str, ParamValue] = params


class ConfigError(SparseMixError):
    """Settings that contradict each other or are out of range."""


class WeightsError(SparseMixError):
    """Saved weights that are missing, damaged or belong to another configuration."""


class SelectionError(SparseMixError):
    """Queries, keys or values that are not finite, or too large to be compared."""


class TraceError(SparseMixError):
    """A selection trace that is inconsistent, damaged or of another version."""


class ExplanationError(SparseMixError):
    """An explanation cannot be given: an unknown event or pair, or values that are not finite."""


class FeedbackError(SparseMixError):
    """People's answers on decisions cannot be read, or nothing can be learned from them."""


class EdgeError(SparseMixError):
    """Decisions kept by an edge runtime are damaged, missing or cannot be written."""


class RunCancelled(SparseMixError):  # noqa: N818 - a request that was followed, not a failure
    """A run was stopped on request; none of its results are kept."""


class TrainingCollapsed(SparseMixError):  # noqa: N818 - names what happened, as the word is used in the field
    """Training lost its signal: no pair is selected any more or the loss is not finite."""
