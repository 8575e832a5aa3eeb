"""The fixtures of the record's tests."""

from tests.support.audit.fixtures import *  # noqa: F403
