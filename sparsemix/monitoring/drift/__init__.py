"""Drift of the model's selection on a source: profiles of runs, and a test over time.

    watch = SourceWatch.begin(profile_of(sequence, run))    # the first decision of a source
    watch = watch.step(profile)                             # every later one
    if watch.alarm: ...                                     # what has changed, since which decision

Modules: ``profile`` (the selection of one run in a few kilobytes, and kinds of pairs that training never practised),
``source_watch`` (how far a profile lies from a reference, the evidence of a change, and the state of one source).
"""

from sparsemix.monitoring.drift.profile import SelectionProfile, profile_of
from sparsemix.monitoring.drift.source_watch import Alarm, SourceWatch

__all__ = ["Alarm", "SelectionProfile", "SourceWatch", "profile_of"]
