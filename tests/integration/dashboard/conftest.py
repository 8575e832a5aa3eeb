"""The fixtures of the dashboard's tests."""

from tests.support.dashboard.fixtures import *  # noqa: F403
