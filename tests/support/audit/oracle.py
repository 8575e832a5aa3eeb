"""An oracle of the record: what its entries mean, for a drill that attacks the product's own reading of them.

It was written from the rules alone, by somebody who had not read the product's fold. The drill `outcomes` compares the product
with it. It imports nothing of `audit`, and answers the most that may ever be released: the product may answer less.

The rules:

- A decision is released when it is whole, not erased, its id was decided once, and a key of the program that counted then
  signed it (unsigned only before the record's first). Gate and required reviews are the decision's own content, never today's
  policy. A decision to release that needs no review is released as decided. Each request for another review that counts adds
  one and holds.
- Words (entries of type "review") are ordered by number; those of kind "control" never count. One voluntary word makes one
  needed. With fewer words than needed the decision is as it began, held by any flag; with enough, all must approve. But with a
  standing ruling the last one decides: it must say approve, its maker was a lead then who never gave another word on the
  decision, and the decision was disputed just before it: there were enough words, and they differed.
- A word is signed by the key that counted for its maker when it was made, in a role that they had then; its id is the record's
  only one. It replaces only its maker's own current word of the same kind, rulings too. Once another's word stands, it keeps
  its verdict or is withdrawn. Nobody begins a review after a ruling.
- A lot is released when there is a decision on its sequences, every unerased one is released, by whichever weights, no
  sequence failed or is under way, and an entry that the program signed names the lot (before its first key, any). Older
  unsigned notes only add sequences.
- A person is signed in by a sign-in that a key of the program signed, which commits to the token's hash and its end. From the
  first signed one on, unsigned ones count for nothing, and earlier sessions end.
- What its maker had no right to counts for nothing: no account, role, sign-in or signature. Where numbers, links, hashes or
  contents do not hold, or content is missing that no erasure lists, there are no outcomes at all.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SYSTEM, SINGLE_USER, PROGRAM = "system", "single-user", "program"
REVIEWERS, NEWCOMER, MACHINE = {"reviewer", "lead"}, {"viewer", "reviewer"}, {"viewer", "service"}
ANALYSTS, EVERYBODY = REVIEWERS | {"service"}, REVIEWERS | MACHINE | {"auditor", "admin"}
PERSONAL, OWN_WAYS = {"password", "passkey"}, ("password", "token")  # keys of people; ways in without an identity provider
# What an erasure of a decision takes along. The subject of lines that were named fine at it is their source.
ABOUT = {"decision", "review", "review_requested", "skip", "control", "retention", "claim_freed", "fine_lines", "denied"}
TOLERANCE, SET_BACK, LONGEST, NEVER = 600.0, 1800.0, 12 * 3600.0, float("-inf")  # seconds
MEANINGS = {
    "review approve": "I have reviewed the evidence that I was shown, and I approve this decision.",
    "review flag": "I have reviewed the evidence that I was shown, and I flag this decision.",
    "review withdraw": "I withdraw my review of this decision.",
    "adjudication approve": "I have reviewed the evidence that I was shown, and I settle the dispute: I approve this decision.",
    "adjudication flag": "I have reviewed the evidence that I was shown, and I settle the dispute: I flag this decision.",
    "adjudication withdraw": "I withdraw my ruling on this decision.",
    "account": "I am responsible for this account and its roles.",
    "decision": "The program decided this.",
    "erasure": "I am responsible for this erasure.",
    "key": "I am responsible for which keys of this account count.",
    "person": "I am responsible for this account and its roles.",
    "token": "I am responsible for this program's access.",
}
SIGNATURE, OWNED = "SparseMix: a signature of an entry of the log, version 2", "SparseMix: whose a key is, version 1"

Session = tuple[str, str, float, float]  # account, hash of the token (empty where the sign-in was erased), start, end


@dataclass
class _Account:
    provider: str
    roles: set[str]
    active: bool
    newcomer: bool = False  # from an identity provider, and no administrator gave it roles yet


NOBODY = _Account("", set(), False)


@dataclass
class _Key:
    owner: str
    kind: str
    initial: bool
    live: bool = True


@dataclass
class _Word:
    id: str
    maker: str
    kind: str
    verdict: str
    lead: bool  # whether its maker was one then
    disputed: bool  # whether the decision was, just before
    kept: str  # the verdict that its maker has to keep while another's word stands, also after taking it back


@dataclass
class _Decision:
    entry: Mapping[str, Any]
    content: dict[str, Any]
    required: int
    input: str
    counts: bool
    requests: int = 0
    words: list[_Word] = field(default_factory=list)  # of each maker and kind the current one, by number
    reviewed_by: set[str] = field(default_factory=set)

    def standing(self, kind: str) -> list[_Word]:
        return [word for word in self.words if word.kind == kind and word.verdict != "withdraw"]

    def verdicts(self) -> tuple[set[str], bool]:
        """Return which verdicts stand, and whether they are enough; one voluntary word makes one needed."""
        words = self.standing("review")
        return {word.verdict for word in words}, len(words) >= max(self.required + self.requests, 1)

    def released(self) -> bool:
        (verdicts, enough), rulings = self.verdicts(), self.standing("adjudication")
        if rulings:
            last = rulings[-1]
            return last.verdict == "approve" and last.lead and last.disputed and last.maker not in self.reviewed_by
        as_it_began = self.content["gate"] == "released" and not self.requests and "flag" not in verdicts
        return verdicts == {"approve"} if enough else as_it_began


@dataclass(frozen=True)
class Outcomes:
    """What a record grants: released decisions and lots, what active accounts may be, and who is signed in."""

    released: frozenset[str] = frozenset()
    lots: frozenset[str] = frozenset()
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    root_key: str | None = None
    sessions: tuple[Session, ...] = ()
    refused: frozenset[int] = frozenset()  # the numbers of entries that count for nothing

    def signed_in(self, token_sha256: str, at: str) -> str | None:
        """Return the account whose session with this token lives at that moment, or None."""
        alive = (one[0] for one in self.sessions if one[1] == token_sha256 and one[2] - SET_BACK <= _moment(at) < one[3])
        return next((account for account in alive if account in self.roles), None)


def outcomes(entries: Sequence[Mapping[str, Any]], under_way: Collection[str] = (), weights: str = "") -> Outcomes:
    """Return what these entries grant; `under_way`: the hashes of inputs of which a decision is under way; `weights`: the hash
    of those in use, whose decision on an input outlasts a failure of others (docs/guides/gate.md)."""
    if not _chained(entries):
        return Outcomes()
    # What an erased entry said may matter for the right to later ones, also to its own erasure. So all erasures are believed at
    # first, then only those that count while these are believed.
    believed = {entry["seq"] for entry in entries if entry["type"] == "erasure"}
    while not believed <= (record := _Record(entries, believed)).erasures:
        believed &= record.erasures
    if any(entry["payload"] is None and entry["seq"] not in record.facts for entry in entries):
        return Outcomes()
    names = {_text(one.content, "input_name") for one in record.decisions} | {one[0] for one in record.ties}
    roles = {id: frozenset(record.roles(id)) for id, one in record.accounts.items() if one.active and id not in record.erased}
    released = frozenset(one.entry["subject"] for one in record.decisions if record.released(one))
    lots = frozenset(name for name in names if record.lot_released(name, set(under_way), weights))
    return Outcomes(released, lots, roles, record.root_key or None, tuple(record.sessions), frozenset(record.refused))


def _need(*conditions: object) -> None:
    """Let an entry count for nothing unless all of these hold."""
    if not all(conditions):
        raise PermissionError


class _Record:
    """The entries, read in their order: what they grant at their end."""

    def __init__(self, entries: Sequence[Mapping[str, Any]], believed: set[int]) -> None:
        self.entries, self.contents = entries, [_content(entry["payload"]) for entry in entries]
        self.accounts: dict[str, _Account] = {}
        self.logins: dict[str, str] = {}
        self.names: dict[str, dict[int, str]] = {}  # printed names of each account by entry; empty where erased
        self.sessions: list[Session] = []
        self.tokens: dict[str, tuple[str, float]] = {}  # account and end by the token's hash
        self.keys: dict[str, _Key] = {}
        self.decisions: list[_Decision] = []  # what the program decided, counting or not
        self.ties: list[tuple[str, str, str, int, bool]] = []  # name, its hash, input; if it failed, since when; signed or not
        self.erasures, self.erased = set[int](), set[str]()  # their numbers and subjects
        # From the first such entry on: names are entries of their own; sign-ins are signed; new keys prove whose they are.
        self.persons, self.signed_sessions, self.proofs, self.root_key = False, False, False, ""
        pairs = list(zip(entries, self.contents, strict=True))[::-1]  # so that of several entries the first one stays
        told = (_targets(content) for entry, content in pairs if entry["seq"] in believed)
        self.facts = {seq: one["facts"] for targets in told for seq, one in targets.items()}
        self.users = {_text(content, "id"): entry["seq"] for entry, content in pairs if entry["type"] == "review"}
        self.unread = {entry["subject"] for entry, content in pairs if entry["type"] == "review" and not content}
        earliest, self.refused = NEVER, set[int]()
        for self.place, self.entry in enumerate(entries):
            self.content, self.missing = self.contents[self.place], self.entry["payload"] is None
            self.seq, self.actor, self.subject, kind = (self.entry[name] for name in ("seq", "actor", "subject", "type"))
            self.now = _moment(self.entry["ts"])
            if (kind, self.actor) == ("clock_anomaly", SYSTEM) and self.now > NEVER:
                earliest = min(earliest, self.now)
            read = getattr(self, "on_" + kind, None)
            if read:
                try:
                    _need(NEVER < self.now >= earliest - TOLERANCE)
                    read()
                    earliest = max(earliest, self.now)
                except PermissionError:
                    self.refused.add(self.seq)

    def text(self, name: str) -> str:
        return _text(self.content, name)

    # Rights

    def roles(self, id: str) -> set[str]:
        account = self.accounts.get(id, NOBODY)
        return account.roles & MACHINE if account.provider == "token" else account.roles

    def may(self, *roles: str) -> bool:
        """Return whether the actor has one of these roles, and a session or token that lives; without accounts, everybody."""
        account = self.accounts.get(self.actor, NOBODY)
        if not account.active or self.actor in self.erased or not self.roles(self.actor) & set(roles):
            return not self.accounts
        if account.provider == "token":
            return any(owner == self.actor and self.now < end + TOLERANCE for owner, end in self.tokens.values())
        times = [(start, end) for owner, _, start, end in self.sessions if owner == self.actor]
        return any(start - SET_BACK - TOLERANCE <= self.now < end + TOLERANCE for start, end in times)

    def signature(self) -> tuple[str, dict[str, Any]]:
        """Return who signed this entry, and what the signature says: nobody, unless it is the next entry and holds."""
        after = (*self.entries[self.place + 1 : self.place + 2], {})[0]
        said, kind, hash = _content(after.get("payload")), self.entry["type"], self.entry["hash"]
        words = f"{self.text('kind') or kind} {self.text('verdict')}" if kind == "review" else kind
        signed = [said.get(name, 0) for name in ("key", "meaning", "shown", "decision")]
        right = (after.get("type"), after.get("subject"), signed[1]) == ("signature", hash, MEANINGS.get(words, signed[1]))
        holds = right and _holds(signed[0], said.get("value"), SIGNATURE, hash, *signed)
        return (after["actor"], said) if holds else ("", {})

    def signed_by(self, owner: str, replaced: str = "") -> bool:
        """Return whether a key that counts for its owner signed; an initial key signs only the entry that replaces it."""
        signer, said = self.signature()
        key = self.keys.get(said.get("key", ""))
        counts = key and signer == key.owner == owner and key.live and (not key.initial or key.kind == replaced)
        return bool(counts) or (not self.root_key and owner != PROGRAM)

    def acts(self, *roles: str, replaced: str = "") -> bool:
        """Return whether the actor has an account with one of these roles, and signed."""
        return bool(self.accounts) and self.may(*roles) and self.signed_by(self.actor, replaced)

    def acts_on_own(self, replaced: str = "") -> bool:
        return self.actor == self.subject and self.acts(*EVERYBODY, replaced=replaced)

    def sets_up(self) -> bool:
        """Return whether the program makes the first account; where one person worked before, their machine's key signs it."""
        return self.actor == SYSTEM and not self.accounts and self.signed_by(SINGLE_USER)

    # Accounts, sign-ins, keys

    def on_person(self) -> None:
        provided = self.actor == SYSTEM and self.accounts and self.accounts.get(self.subject, NOBODY).provider not in OWN_WAYS
        _need(provided or self.acts_on_own() or self.sets_up() or self.acts("admin"), self.subject not in self.erased)
        _need(self.missing or (self.text("login") and self.text("name")), re.fullmatch("[0-9a-f]{32}", self.subject))
        self.named()
        self.persons = True

    def named(self) -> None:
        """Take the names that this entry gives its account, which keeps its login name."""
        _need(self.missing or self.logins.setdefault(self.subject, self.text("login")) == self.text("login"))
        self.names.setdefault(self.subject, {})[self.seq] = self.text("name")

    def on_account(self) -> None:
        id, old, said = self.subject, self.accounts.get(self.subject, NOBODY), self.content
        if self.missing:  # an erasure keeps what the roles were; the earliest erasures say nothing
            said = self.facts.get(self.seq) or {"roles": list(EVERYBODY), "active": True, "provider": "password"}
        listed, active, provider = said.get("roles"), said.get("active"), _text(said, "provider")
        _need(isinstance(listed, list) and all(isinstance(role, str) for role in listed), type(active) is bool, provider)
        new = _Account(provider, set(listed), active, self.actor == SYSTEM and bool(self.accounts))
        _need(new.roles <= EVERYBODY, old.provider in ("", provider), id not in self.erased)
        _need(self.missing or bool(self.text("login")) == bool(self.text("name")))
        named = bool(self.missing or self.text("name"))
        _need(self.missing or self.text("id") == id, re.fullmatch("[0-9a-f]{32}", id))
        _need(named != self.persons, named or id in self.names)
        if new.newcomer:
            _need(provider not in OWN_WAYS, new.roles <= NEWCOMER, old is NOBODY or old.newcomer)
        else:  # a person changes their password, never their roles
            unchanged = (old.roles, old.active) == (new.roles, active)
            _need((unchanged and self.acts_on_own()) or (self.sets_up() and provider != "token") or self.acts("admin"))
        if named:
            self.named()
        self.accounts[id], self.sessions = new, [one for one in self.sessions if one[0] != id]

    def on_signed_in(self) -> None:
        signed = self.signed_by(PROGRAM)
        if signed and not self.signed_sessions:
            self.signed_sessions, self.sessions = True, []
        said = self.facts.get(self.seq, {}) if self.missing else self.content  # an erasure keeps the end
        account, end, token = self.accounts.get(self.actor, NOBODY), _moment(_text(said, "expires_at")), _text(said, "session")
        _need(account.active, account.provider != "token", self.actor not in self.erased, self.actor == self.subject)
        _need(signed == self.signed_sessions, token or self.missing, end <= self.now + LONGEST + TOLERANCE)
        self.sessions.append((self.actor, token, self.now, end))

    def on_signed_out(self) -> None:
        ended = [one for one in self.sessions if one[:2] == (self.actor, self.text("session"))]
        _need(ended, not self.missing)  # of a sign-out that was erased, nobody knows which session it ended
        self.sessions = [one for one in self.sessions if one not in ended]

    def on_token(self) -> None:
        end = _moment(self.text("expires_at")) if self.content.get("revoked") is False else NEVER
        _need(self.accounts.get(self.text("account_id"), NOBODY).provider == "token", self.acts("admin"))
        self.tokens[self.subject] = (self.text("account_id"), end)

    def on_key(self) -> None:
        owner, public, kind, proof = self.subject, self.text("public_key"), self.text("kind"), self.content.get("proof")
        known, initial, revoked = self.keys.get(public), self.content.get("initial"), self.content.get("revoked")
        if known and known.live:
            _need(revoked is True, known.owner == owner, self.gives(owner, "", True))
            known.live = False
            return
        _need(revoked is False, type(initial) is bool, known is None or known.owner == owner, not initial or kind in PERSONAL)
        _need(kind in {PROGRAM: {PROGRAM}, SINGLE_USER: {"machine"}}.get(owner, PERSONAL))
        proved = _holds(public, proof, OWNED, owner, public)
        _need(proved or (proof is None and not self.proofs), self.gives(owner, kind, initial))
        for key in self.keys.values():
            key.live = key.live and not (key.owner == owner != PROGRAM and (initial or key.kind == kind))
        self.proofs, self.root_key = self.proofs or proved, self.root_key or public
        self.keys[public] = _Key(owner, kind, initial)

    def gives(self, owner: str, kind: str, forced: bool) -> bool:
        """Return whether the actor may give a key of this kind, or revoke one; `forced`: whichever key the owner has."""
        by_one = self.actor in (SYSTEM, SINGLE_USER) and owner in (PROGRAM, SINGLE_USER) and not self.accounts
        first, account = self.actor == SYSTEM and set(self.accounts) == {owner}, self.accounts.get(owner, NOBODY)
        if not self.root_key:  # the key of the first administrator, or of one person's machine, signs itself
            _need(by_one or ((first or self.acts_on_own()) and "admin" in account.roles), owner != PROGRAM, not forced)
            return self.signature()[0] == owner and self.signature()[1]["key"] == self.text("public_key")
        root, held = self.keys[self.root_key].owner, [key for key in self.keys.values() if key.owner == owner]
        if by_one:
            return self.signed_by(SINGLE_USER)
        if self.actor == SYSTEM:  # at the set-up: the program's key, or that of the first account after one person
            expected = len(self.keys) == 1 if owner == PROGRAM else first and root == SINGLE_USER
            return expected and not held and not forced and self.signed_by(root)
        _need(owner == PROGRAM or account.provider not in ("", "token"), owner not in self.erased)
        if self.actor == owner:
            return (not kind or not forced) and self.acts_on_own(kind)
        return (forced or owner == PROGRAM or not any(key.live for key in held)) and self.acts("admin")

    def on_erasure(self) -> None:
        targets = _targets(self.content)
        _need(targets, self.subject != self.actor, self.acts("admin"), all(0 < seq < self.seq for seq in targets))
        before = [self.entries[seq - 1] for seq in targets]
        earlier = [one for one in self.entries[: self.place] if one["subject"] == self.subject]
        whole, kinds = {one["seq"] for one in earlier if one["type"] == "decision"}, ABOUT
        if self.subject in self.accounts:
            whole, kinds = set(self.names[self.subject]), {"person", "signed_in", "signed_out"}
        _need(whole, whole <= targets.keys() or self.subject in self.erased)
        _need(all(one["type"] in kinds or one["seq"] in whole for one in before))
        _need(all(one["subject"] == self.subject or one["type"] == "fine_lines" for one in before))
        _need(all(one["commitment"] == targets[one["seq"]].get("p") for one in before))
        self.erasures.add(self.seq)
        self.erased.add(self.subject)

    # Decisions and words

    def on_decision(self) -> None:
        _need(not self.missing, self.signed_by(PROGRAM) or all(key.owner != PROGRAM for key in self.keys.values()))
        required, gate = self.content.get("required_reviews", 1), self.content.get("gate")
        form = type(required) is int and gate in ("held", "released") and required >= (gate == "held")
        once = [one for one in self.entries if (one["type"], one["subject"]) == ("decision", self.subject)] == [self.entry]
        _need(form, self.text("id") == self.subject, self.text("input_name") != "", self.may(*ANALYSTS))
        self.decisions.append(_Decision(self.entry, self.content, required, self.text("input_sha256"), once))
        _need(once)

    def decision(self) -> _Decision:
        found = [one for one in self.decisions if one.entry["subject"] == self.subject and one.counts]
        _need(found)
        return found[0]

    def on_review_requested(self) -> None:
        _need(self.may(*REVIEWERS, "auditor"))
        self.decision().requests += 1

    def on_review(self) -> None:
        id, kind, verdict, maker = self.text("id"), self.content.get("kind", "review"), self.text("verdict"), self.actor
        _need(id, self.users[id] == self.seq, self.text("decision_id") == self.subject, self.text("reviewer_id") == maker)
        _need(kind in ("review", "adjudication", "control"), verdict in ("approve", "flag", "withdraw"), self.may(*REVIEWERS))
        role, name = self.text("role") in self.roles(maker), ["", *self.names.get(maker, {}).values()][-1]
        on_time = abs(_moment(self.text("submitted_at")) - self.now) <= TOLERANCE
        _need(not self.accounts or (role and on_time and name in ("", self.text("reviewer_name"))))
        said, decision = self.signature()[1], self.decision()
        about = (said.get("decision"), said.get("shown")) == (decision.entry["hash"], self.text("shown_sha256"))
        _need(self.signed_by(maker if self.accounts else SINGLE_USER), about or not self.root_key)
        if kind != "adjudication":  # who gave a word, in turn or not, settles no dispute
            decision.reviewed_by.add(maker)
        old = next((one for one in decision.words if (one.maker, one.kind) == (maker, kind)), None)
        own = old if old and old.verdict != "withdraw" else None
        (verdicts, enough), rulings = decision.verdicts(), decision.standing("adjudication")
        others = any(one.maker != maker and one.verdict != "withdraw" for one in decision.words)
        kept = (own.verdict if own else old.kept) if old and others else ""
        if kind == "control":  # its maker may say it, and it counts nowhere
            return
        _need(self.content.get("supersedes") == (own.id if own else None))
        _need(verdict in (kept or verdict, "withdraw"), own or (verdict != "withdraw" and (kind != "review" or not rulings)))
        # A ruling that is explained anew settles the same dispute.
        disputed = own.disputed if own else enough and len(verdicts) > 1 and not rulings
        word = _Word(id, maker, kind, verdict, not self.accounts or "lead" in self.roles(maker), disputed, kept)
        decision.words = [one for one in decision.words if one is not old] + [word]

    def released(self, decision: _Decision) -> bool:
        return decision.counts and decision.entry["subject"] not in self.erased | self.unread and decision.released()

    # Lots

    def on_failed_input(self) -> None:
        _need(self.may(*ANALYSTS))
        self.ties.append((self.text("name"), "", self.subject, self.seq, False))

    def on_submitted_as(self) -> None:
        _need(self.text("input_sha256"), self.signed_by(PROGRAM) or self.may(*ANALYSTS, "admin"))
        self.ties.append((self.text("name"), self.subject, self.text("input_sha256"), 0, self.signed_by(PROGRAM)))

    def lot_released(self, name: str, under_way: set[str], weights: str) -> bool:
        mark = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
        kept = [one for one in self.decisions if one.entry["subject"] not in self.erased]
        named = [one for one in kept if _text(one.content, "input_name") == name]
        ties = [one for one in self.ties if name == one[0] or mark == one[1]]
        sequences = {one.input for one in named} | {input for _, _, input, _, _ in ties}
        on = [one for one in kept if one.input in sequences]
        last = {one.input: one.entry["seq"] for one in on}
        by_these = {one.input for one in on if _text(one.content, "weights_sha256") == weights}
        failures = [(input, since) for _, _, input, since, _ in self.ties if input in sequences - by_these]
        failed = any(since > last.get(input, 0) for input, since in failures)
        unsigned = all(key.owner != PROGRAM for key in self.keys.values())  # as decisions are, before the record's first
        told = name != "" and (named != [] or unsigned or any(signed for *_, signed in ties))
        return told and not failed and not sequences & under_way and on != [] and all(self.released(one) for one in on)


# What the bytes say


def _chained(entries: Sequence[Mapping[str, Any]]) -> bool:
    with suppress(ValueError, TypeError, RecursionError):  # a lone surrogate, which is no character, or no text at all
        return all(_follows(entry, number, entries) for number, entry in enumerate(entries, 1))
    return False


def _follows(entry: Mapping[str, Any], number: int, entries: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether number, link and hash hold, and the content, where it is there, opens its commitment."""
    fields = {name: entry.get(name) for name in ("ts", "actor", "type", "subject", "prev")}
    committed, seq, salt, payload = (entry.get(name) for name in ("commitment", "seq", "salt", "payload"))
    computed = hashlib.sha256(b"\0" + _json(fields | {"seq": number, "p": committed, "v": 1})).hexdigest()
    previous = entries[number - 2]["hash"] if number > 1 else "0" * 64
    holds = type(seq) is int and (seq, entry.get("prev"), entry.get("hash")) == (number, previous, computed)
    holds = holds and all(isinstance(text, str) for text in (*fields.values(), committed))
    if not isinstance(salt, str) or not isinstance(payload, str) or not re.fullmatch("[0-9a-f]{64}", salt):
        return holds and salt is payload is None
    return holds and hashlib.sha256(bytes.fromhex(salt) + payload.encode()).hexdigest() == committed


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _content(payload: str | None) -> Any:
    """Return what an entry says: nothing where it is missing, or no JSON object."""
    with suppress(ValueError, RecursionError):
        content = json.loads(payload or "", parse_constant=int)  # int refuses NaN
        return content if isinstance(content, dict) else {}
    return {}


def _text(content: dict[str, Any], name: str) -> str:
    """Return a text; empty where there is none."""
    value = content.get(name)
    return value if isinstance(value, str) else ""


def _moment(text: str) -> float:
    """Return a time in seconds; `NEVER` unless it is one in UTC with milliseconds."""
    with suppress(ValueError):
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", text):
            return datetime.fromisoformat(text).timestamp()
    return NEVER


def _targets(content: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the entries that an erasure lists, by number; none where the list has another form."""
    listed = content.get("targets")
    if not isinstance(listed, list) or not all(isinstance(one, dict) and type(one.get("seq")) is int for one in listed):
        return {}
    return {one["seq"]: one | {"facts": facts if isinstance(facts := one.get("facts"), dict) else {}} for one in listed}


def _holds(key: object, value: object, *signed: object) -> bool:
    """Return whether `value` is the signature over these texts by this key, both in hexadecimal."""
    return all(part is None or isinstance(part, str) for part in signed) and _verified(str(key), str(value), *signed)


@lru_cache(maxsize=100_000)
def _verified(key: str, value: str, *signed: object) -> bool:
    with suppress(ValueError, InvalidSignature):
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(value), _json(signed))
        return bool(re.fullmatch("[0-9a-f]{64}", key) and re.fullmatch("[0-9a-f]{128}", value))
    return False
