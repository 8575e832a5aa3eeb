"""The first import path of `sparsemix.monitoring.drift`: ``from sparsemix.drift import Watch, profile_of`` goes on working."""

from sparsemix.monitoring.drift import Alarm, SelectionProfile, Watch, profile_of

__all__ = ["Alarm", "SelectionProfile", "Watch", "profile_of"]
