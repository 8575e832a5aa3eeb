"""Whether what the model selects on a source still is what it selected there: profiles of runs, and a test over time.

    watch = Watch.begin(profile_of(sequence, run))          # the first decision of a source
    watch = watch.step(profile)                             # every later one
    if watch.alarm: ...                                     # what has changed, since which decision

Rooms: ``profile`` (what one run selected, in a few kilobytes), ``statistics`` (how far a profile lies from a reference),
``evidence`` (a score's rank among earlier ones, and the detector that bets against it), ``watch`` (the state of one source).
"""

from sparsemix.monitoring.drift.profile import SelectionProfile, profile_of
from sparsemix.monitoring.drift.source_watch import Alarm, Watch

__all__ = ["Alarm", "SelectionProfile", "Watch", "profile_of"]
