"""What was learned beside the network, chosen and read when weights are loaded."""

from __future__ import annotations

from torch import Tensor

from sparsemix.errors import WeightsError
from sparsemix.judges.evidence import ColumnKnowledge, NgramKnowledge
from sparsemix.judges.following import Knowledge
from sparsemix.judges.judge import Judge, parts_of
from sparsemix.judges.next_events import KindKnowledge, RowKnowledge
from sparsemix.judges.normal_course import read_known
from sparsemix.priors import column_evidence, ngram_evidence


def read(judge: Judge, tensors: dict[str, Tensor]) -> Knowledge:
    """Take what ``Knowledge.packed`` returned out of the ``tensors`` of a weights file. Raises `WeightsError` for anything
    else, or where it does not fit the judge."""
    parts = {part: {name: one.numpy() for name, one in columns.items()} for part, columns in parts_of(judge, tensors).items()}
    if "evidence" in parts:
        return NgramKnowledge(ngram_evidence.unpack(parts["evidence"]))
    if "behaviour" in parts:
        evidence = column_evidence.unpack(parts["behaviour"])
        if evidence.weight.shape[::2] != (judge.outputs, len(judge.scales)):
            raise WeightsError("the columns of the evidence, or the faults that it tells apart, do not fit the configuration")
        return ColumnKnowledge(evidence, judge.scales)
    return read_known(judge, parts, KindKnowledge, RowKnowledge) if judge.later else Knowledge()
