"""From reviews to better weights, with simulated reviewers who know the planted truth and err.

Generated logs are decided on and reviewed through the record, two people a decision: of the most probable lines, every pair
that any head selected is marked relevant or spurious, a cause that no head selected missing; a tenth of all verdicts is wrong.
Then the feedback set leaves the record, weights learn from it (with a replay of logs that nobody reviewed), are registered,
promoted by a lead, and rolled back. Measured on fresh logs: how many selections are spurious among the reviewed kinds of pairs,
how many causes are selected, event F1. For comparison: the same reviews without noise control, and as many reviews with random
verdicts, with and without it.
"""

from __future__ import annotations

import shutil
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from audit import (
    Access,
    AuditStore,
    DecisionRecord,
    Judgement,
    PairReview,
    PairVerdict,
    Reason,
    ReviewPolicy,
    Role,
    Verdict,
    utc_now,
)
from audit.intake.registered_weights import lineage
from dashboard.service.decide.pipeline import analyse, load
from sample_data.plant import LANGUAGES, GeneratedLog, PlantConfig, generate
from sparsemix import SelectionTrace, SparseMixModel, TokenSequence
from sparsemix.dataset import DataSet, read_dataset
from sparsemix.errors import FeedbackError
from sparsemix.model.template_pairs import coded_templates
from sparsemix.training.common.metrics import Counts, count
from sparsemix.training.feedback import learn_feedback, read_feedback
from sparsemix.training.feedback.command import card_of
from sparsemix.training.feedback.fitting import FeedbackPlan
from sparsemix.training.generated.corpus import FAULT_RATES
from sparsemix.training.generated.evaluation import found_causes, fresh_log
from tests.drills.common import Json, admit, opened, say
from tests.support.paths import WEIGHTS

_REVIEWERS, _TOGETHER = 5, 2
_LINES = 3  # the most probable of a decision; their pairs are looked at
_FIRST_SEED = 20_000_000

Kinds = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A decision as reviewers see it: its log with the truth, its pairs as (layer, head, query, key)."""

    id: str
    log: GeneratedLog
    sequence: TokenSequence
    pairs: tuple[tuple[int, int, int, int], ...]
    missing: tuple[tuple[int, int], ...]

    def relevant(self, query: int, key: int) -> bool:
        """Return whether a pair is relevant in truth."""
        return self.log.decided_by[query] == key


class _Word(NamedTuple):
    """The word of a reviewer who errs: with probability `wrong`, `of` returns the opposite of the truth."""

    rng: np.random.Generator
    wrong: float

    def of(self, truth: bool) -> bool:
        return truth if self.rng.random() >= self.wrong else not truth


def drill(arguments: Namespace) -> Json:
    """Run the drill."""
    folder = Path(tempfile.mkdtemp(prefix="sparsemix-feedback-"))
    model, plan = SparseMixModel.load(WEIGHTS), FeedbackPlan(steps=arguments.steps, seed=arguments.seed)
    found: Json = {}
    for name, wrong in (("noisy", arguments.noise), ("random", 0.5)):
        with opened(str(folder / f"{name}.db")) as store:
            people = _people(store)
            seen = list(_decided(people["lead"], model, arguments))
            say(f"{name}: {len(seen)} decisions")
            replay = _replay(folder / "replay", arguments)
            reviews = _reviewed(people, seen, _Word(np.random.default_rng([arguments.seed, 7]), wrong))
            written = people["lead"].feedback.write(folder / f"{name}.zip")
            kinds = _spurious_kinds(seen)
            if name == "noisy":
                before = found["before"] = _measured(model, kinds, arguments)
                say(f"before: {before}")
            feedback = read_feedback(folder / f"{name}.zip")
            for control in (True, False):
                label = f"{name}, {'with' if control else 'without'} noise control"
                try:
                    learned = learn_feedback(model, feedback, plan, replay=replay, noise_control=control)
                except FeedbackError as error:
                    found[label] = {"refused": str(error)}
                    say(f"{label}: {found[label]}")
                    continue
                after = _measured(learned.model, kinds, arguments)
                judge = None if learned.judge is None else round(learned.judge.auc, 3)
                found[label] = {**after, "judge_auc": judge, "spurious_down": _down(before, after)}
                say(f"{label}: {found[label]}")
                if name == "noisy" and control:
                    card = card_of(learned, feedback, plan, model, noise_control=control)
                    found["record"] = _promoted(people, model, learned.model, card) | {
                        "reviews": reviews,
                        "marks": written.pairs,
                        "verified": store.verify().ok,
                    }
    shutil.rmtree(folder)
    return {"ok": _passed(found, before) or arguments.no_targets, **found}


def _passed(found: Json, before: Json) -> bool:
    after, control = found["noisy, with noise control"], found["random, with noise control"]
    if "refused" in after or not all(found["record"][name] for name in ("verified", "promoted", "rolled_back", "traced")):
        return False
    better = after["spurious_down"] >= 0.5 and after["causes_selected"] >= before["causes_selected"]
    return better and after["event_f1"] >= before["event_f1"] and "refused" in control


def _people(store: AuditStore) -> dict[str, Access]:
    lead = Access(store, token=admit(store, "lena", Role.LEAD))
    lead.admin.set_policy(ReviewPolicy(overlap=_TOGETHER, sampling_share=1.0))
    others = {f"r{n}": Access(store, token=admit(store, f"reviewer{n}", Role.REVIEWER)) for n in range(_REVIEWERS)}
    return {"lead": lead, **others}


def _decided(access: Access, model: SparseMixModel, arguments: Namespace) -> Iterator[Seen]:
    """Generate logs and decide on them through the pipeline; yield what reviewers look at."""
    for number in range(arguments.reviews // _TOGETHER):
        log = generate(_config(number, arguments.events), _FIRST_SEED + arguments.seed * 10_000 + number)
        id = analyse("\n".join(log.lines).encode(), f"line-{number}.log", model=model, access=access)
        loaded = load(access.store, id)
        lines = [place for place, _, _ in _highest(loaded.summary.decision)]
        yield _seen(id, log, loaded.sequence, loaded.trace, lines)


def _replay(folder: Path, arguments: Namespace) -> DataSet | None:
    """Generate a data set of logs that nobody reviewed."""
    folder.mkdir(exist_ok=True)
    for number in range(arguments.replay):
        log = generate(_config(number, arguments.events), _FIRST_SEED + arguments.seed * 10_000 + 5_000 + number)
        (folder / f"{number}.log").write_text("\n".join(log.lines), encoding="utf-8")
    return read_dataset(folder) if arguments.replay else None


def _config(number: int, events: int) -> PlantConfig:
    rate, language = FAULT_RATES[number % len(FAULT_RATES)], LANGUAGES[number // len(FAULT_RATES) % len(LANGUAGES)]
    return PlantConfig(events=events, fault_rate=rate, language=language)


def _highest(decision: DecisionRecord) -> list[list[int]]:
    """Return the most probable events of a decision; the first value of each is its place."""
    found = decision.details["highest"]
    return found[:_LINES] if isinstance(found, list) else []


def _seen(id: str, log: GeneratedLog, sequence: TokenSequence, trace: SelectionTrace, lines: Sequence[int]) -> Seen:
    heaviest: dict[tuple[int, int], tuple[float, int, int]] = {}
    for layer, head, selection in trace:
        for line in lines:
            own = selection.pairs_of(line)
            for key, weight in zip(selection.key_index[own].tolist(), selection.weight[own].tolist(), strict=True):
                if key != line:
                    heaviest[line, key] = max(heaviest.get((line, key), (0.0, 0, 0)), (weight, layer, head))
    pairs = tuple((layer, head, query, key) for (query, key), (_, layer, head) in sorted(heaviest.items()))
    causes = [(line, log.decided_by[line]) for line in lines if log.labels[line]]
    return Seen(id, log, sequence, pairs, tuple(pair for pair in causes if pair not in heaviest))


def _reviewed(people: dict[str, Access], seen: Sequence[Seen], word: _Word) -> int:
    done = 0
    for number, one in enumerate(seen):
        for turn in range(_TOGETHER):
            access = people[f"r{(number + turn) % _REVIEWERS}"]
            claim = access.queue.claim_decision(one.id)
            access.queue.submit(claim, _judgement(access, one, word))
            done += 1
    return done


def _judgement(access: Access, one: Seen, word: _Word) -> Judgement:
    marks = [
        PairReview(layer, head, query, key, PairVerdict.RELEVANT if word.of(one.relevant(query, key)) else PairVerdict.SPURIOUS)
        for layer, head, query, key in one.pairs
    ]
    marks += [PairReview(None, None, query, key, PairVerdict.MISSING) for query, key in one.missing if word.of(truth=True)]
    decision = access.decision(one.id)
    right = decision.label == ("fault" if one.log.label else "normal")
    shown = decision.input_sha256, access.case(one.id).entry_hash
    approved = Judgement(Verdict.APPROVE, utc_now(), *shown, pairs=tuple(marks))
    if word.of(right):
        return approved
    other = "normal" if decision.label == "fault" else "fault"
    return replace(approved, verdict=Verdict.FLAG, reason=Reason.WRONG_VERDICT, corrected_label=other)


def _promoted(people: dict[str, Access], model: SparseMixModel, new: SparseMixModel, card: Json) -> Json:
    """Register new weights, put them to use as a lead, and go back; return whether all of it is in the record."""
    lead, sha256 = people["lead"], new.weights_sha256
    lead.weights.register(new.to_bytes(), "learned from reviews", card, started_from=model.weights_sha256)
    lead.weights.use(sha256)
    promoted = lead.weights.uses()[-1].sha256 == sha256
    lead.weights.use(None)
    known = lead.weights.all()
    feedback = next(one for one in known if one.sha256 == sha256).card["feedback_sha256"]
    subjects = {entry.subject for entry in lead.entries(limit=100_000) if entry.type == "feedback"}
    traced = lineage(known, sha256) == [sha256, model.weights_sha256] and feedback in subjects
    return {"promoted": promoted, "rolled_back": lead.weights.uses()[-1].sha256 is None, "traced": traced}


def _spurious_kinds(seen: Sequence[Seen]) -> Kinds:
    """Return the kinds of pairs of which a spurious one was looked at."""
    found = set()
    for one in seen:
        codes, templates = coded_templates(one.sequence)
        for _, _, query, key in one.pairs:
            if not one.relevant(query, key):
                found.add((templates[codes[query]], templates[codes[key]]))
    return frozenset(found)


def _measured(model: SparseMixModel, kinds: Kinds, arguments: Namespace) -> Json:
    """Measure on fresh logs; a selection is spurious when its query is a check and its key not the line that decides it."""
    events, causes, spurious, everywhere = Counts(), [0, 0], 0, 0
    for number in range(arguments.fresh):
        log = fresh_log(number, 2048, arguments.seed + 100, model.config.features)
        run = model.run_with_trace(log.sequence)
        events += count(run.decision.event_probability >= run.decision.event_threshold, log.label > 0)
        hits = found_causes(log, run.trace)
        causes = [causes[0] + sum(hits), causes[1] + len(hits)]
        codes, templates = coded_templates(log.sequence)
        reviewed = np.array([[(a, b) in kinds for b in templates] for a in templates])
        for _, _, head in run.trace:
            query, key = head.query_index, head.key_index
            wrong = (log.decided_by[query] >= 0) & (key != query) & (key != log.decided_by[query])
            everywhere += int(wrong.sum())
            spurious += int((wrong & reviewed[codes[query], codes[key]]).sum())
    return {
        "event_f1": round(events.f1, 4),
        "causes_selected": causes[0],
        "causes": causes[1],
        "spurious_of_reviewed_kinds": spurious,
        "spurious": everywhere,
    }


def _down(before: Json, after: Json) -> float:
    return round(1.0 - float(after["spurious_of_reviewed_kinds"]) / float(before["spurious_of_reviewed_kinds"]), 3)
