"""Whether the actor of every entry had the right to make it, there and then: hashes alone do not say so.

    authority = Authority(facts_of_erased)
    for entry, content, before in log:              # in order of seq
        problems += authority.problems(entry, content, before)
    problems += authority.unsigned()

The fold keeps what the entries so far say of accounts, roles, sign-ins, tokens, keys and reviews. An entry with a problem
changes none of it: an account that makes itself an administrator in this way does not become one. As long as a record has no
account, everything is allowed: people type their names there, and nothing vouches for them but a key of their machine, if any.
Only a second decision of the same id is refused in every record.

From the record's first key on, the root key, an entry that judges or gives power counts only when the next entry is its
signature (`audit.log.signatures`) by a key of its maker. The root key is an administrator's; every other key was signed by an
administrator's key, or by the key that it replaces. So who can write to the database can neither add a key nor do without.

From the first key of the program on, what the program vouches for (`roles.PROGRAM_SIGNED`) counts only with a signature by one.
The root key gives the first, as long as there is no other key; an administrator's, or that of a machine, gives and revokes all
others. There may be several, one for each host. Revoking the last does not let unsigned entries count again.

What an account may do and what its person is called are two entries: "account" is never erased, "person" can be. Older records
have both in one, which can be erased, and then the erasure says what the roles were. From the first "person" on, no more of
these are taken: nobody gives an account other roles by erasing it.

`audit.log.roles` is the table of rights. An entry of a kind that is neither there nor handled here (an event such as "denied")
needs no right, and nothing follows from it.

This module needs only Python 3.9, the table and the signatures: a bundle carries a copy of the three for its verifier.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from sys import intern
from typing import Any, NamedTuple

try:
    from audit.log import roles as table
    from audit.log.signatures import meaning_of, proves, signature_problem
except ImportError:  # in a bundle
    import roles as table  # type: ignore[import-not-found,no-redef]
    from signatures import meaning_of, proves, signature_problem  # type: ignore[import-not-found,no-redef]

_LONGEST = 12 * 3600.0  # seconds that a sign-in lasts at most
# Seconds: a right is checked before the entry gets its time, for it may wait for the log's lock in between; and a clock that
# was set back by less than half an hour ends no session.
_WAIT, _SET_BACK = 600.0, 1800.0
_NEVER = ("~", "")  # from a moment after all others until one before them
_MINUTE = len("2026-03-01T10:00")
_ID = re.compile("[0-9a-f]{32}")
_MOMENT = re.compile("[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9][.][0-9]{3}Z")
_MANY = frozenset({"decision", "review", "signature", "signed_in", "signed_out"})
"""Kinds of which a log has too many to be looked for but by subject."""
_SIGNED = table.SIGNED | table.PROGRAM_SIGNED
_BACKWARDS = 1.0  # seconds that an entry may be older than the one before: clocks of several machines differ by milliseconds


class EntryHeader(NamedTuple):
    """The part of an entry that says who made what, when; and its hash, which a signature names."""

    seq: int
    ts: str
    actor: str
    type: str
    subject: str
    hash: str = ""

    def __str__(self) -> str:
        return f"Entry {self.seq} ({self.type} {self.subject})"


class _Account(NamedTuple):
    """`known`: False where the content was erased by an earlier version, which kept no facts: every role is believed then."""

    roles: frozenset[str]
    active: bool
    provider: str
    known: bool = True


class _Names(NamedTuple):
    """What the person of an account is called, None where that was erased; `seq`: the last entry that says so."""

    seq: int
    login: str | None
    name: str | None


class _Valid(NamedTuple):
    """A sign-in or a token: its hash, how a person signed in, and from when until when it is good."""

    sha256: str | None
    how: str | None
    since: str
    until: str


class GivenReview(NamedTuple):
    """A review that counts: its id and maker, its kind and verdict, and the review that it replaces."""

    id: str
    by: str
    kind: str
    verdict: str
    supersedes: str | None


class _Key(NamedTuple):
    """`initial`: somebody else chose the password of this key, so it signs nothing but the key that replaces it."""

    kind: str
    initial: bool


class _PendingEntry(NamedTuple):
    """An entry that counts once the next one is its signature by one of ``keys``, whose owner is ``signer``.

    ``about``: the content of a review, None where it was erased. ``apply`` does what follows from the entry.
    """

    entry: EntryHeader
    signer: str
    keys: Mapping[str, _Key]
    about: Mapping[str, Any] | None
    apply: Callable[[], None]


def _nothing() -> None:
    pass


class _Ruling(NamedTuple):
    """What a rule says of an entry: why there was no right to it, or what follows from it."""

    refused: str | None
    apply: Callable[[], None] = _nothing


def facts_of(content: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """Return what an erasure's content keeps of the accounts and sign-ins that it emptied, by number of entry."""
    targets = content.get("targets")
    facts: dict[int, Mapping[str, Any]] = {}
    for target in targets if isinstance(targets, list) else ():
        if isinstance(target, dict) and type(target.get("seq")) is int and isinstance(target.get("facts"), dict):
            facts[target["seq"]] = target["facts"]
    return facts


class Numbers:
    """The numbers of all entries by kind and subject; ``refused``: of those that nobody had the right to make."""

    def __init__(self) -> None:
        self.refused: set[int] = set()
        # A kind is a byte; kinds that nobody asks for share 0.
        self._codes = {kind: code for code, kind in enumerate(sorted({*table.KINDS, *table.CONTENT, *table.BY_SYSTEM}), 1)}
        self._kinds = bytearray()
        self._about: dict[str, array[int]] = {}
        self._of_kind: dict[str, array[int]] = {}

    def note(self, entry: EntryHeader) -> None:
        """Take in the next entry."""
        self._kinds.append(self._codes.get(entry.type, 0))
        if entry.type != "signature":  # it follows the entry that it is about
            _append(self._about, entry.subject, entry.seq)
        if entry.type not in _MANY:
            _append(self._of_kind, entry.type, entry.seq)

    def about(self, subject: str) -> set[int]:
        """Return the numbers of all entries about a subject, refused ones too."""
        return set(self._about.get(subject, ()))

    def is_of(self, seq: int, kind: str) -> bool:
        """Return whether there is an entry of this number and kind."""
        return 0 < seq <= len(self._kinds) and self._kinds[seq - 1] == self._codes[kind]

    def newest(self, subject: str | None, kinds: Collection[str], last: int) -> Iterator[int]:
        """Yield the numbers up to ``last`` of the entries about a subject (None: any) of these kinds (none: all), newest first,
        without the refused ones."""
        if subject is None:
            seqs: Iterable[int] = sorted((seq for kind in kinds for seq in self._of_kind.get(kind, ())), reverse=True)
        else:
            seqs = reversed(self._about.get(subject, array("I")))
        codes = {self._codes[kind] for kind in kinds}
        for seq in seqs:
            if seq <= last and seq not in self.refused and (subject is None or not codes or self._kinds[seq - 1] in codes):
                yield seq


def _append(lists: dict[str, array[int]], name: str, seq: int) -> None:
    held = lists.get(name)
    if held is None:
        lists[name] = array("I", (seq,))
    else:
        held.append(seq)


class Authority:
    """The fold; ``facts``: of every emptied entry what its erasure kept (`facts_of`).

    ``check(entry, content)`` returns what is wrong with a signature of an entry; by default it is computed at once.
    ``root_key`` is the first key's public half (hexadecimal), None as long as nobody signs. ``reviews``: those that count, by
    decision; without those that were given before there were accounts, and then they are not all (``reviews_are_all``).
    ``hashes``: of all entries so far, 32 bytes each. ``numbers``: of the entries by what they are about.
    """

    def __init__(
        self,
        facts: Mapping[int, Mapping[str, Any]] | None = None,
        check: Callable[[EntryHeader, Mapping[str, Any]], str | None] | None = None,
    ) -> None:
        self._facts = facts or {}
        self._check = check or _checked
        self.root_key: str | None = None
        self._accounts: dict[str, _Account] = {}
        self._names: dict[str, _Names] = {}
        self._first_person = 0  # the entry from which on accounts and names are apart; 0: they are not yet
        self._sign_ins: dict[str, list[_Valid]] = {}
        self._tokens: dict[str, dict[str, _Valid]] = {}
        self._issued: set[str] = set()
        self._keys: dict[str, dict[str, _Key]] = {}
        self._all_keys: set[str] = set()
        self._proven = False  # a key has proven whose it is, as those of earlier versions did not: from then on every one does
        self._decided: dict[str, int] = {}  # the number of each decision's entry
        self.hashes = bytearray()
        self.numbers = Numbers()
        self.reviews: dict[str, tuple[GivenReview, ...]] = {}
        self.reviews_are_all = True
        self._waiting: _PendingEntry | None = None
        # Kinds that an actor may make, each with the times between which nothing about that has to be looked up again.
        self._settled: dict[tuple[str, str], tuple[str, str]] = {}

    def problems(
        self, entry: EntryHeader, content: Mapping[str, Any] | None, before: EntryHeader | None
    ) -> list[tuple[EntryHeader, str]]:
        """Return the entries, this one or the one before it, that nobody had the right to make, each with why.

        ``content``: None where it was erased, and for kinds whose content is not read (`CONTENT`).
        """
        self.hashes += bytes.fromhex(entry.hash)
        self.numbers.note(entry)
        found = self._problems(entry, content, before)
        if found:
            self.numbers.refused.update(refused.seq for refused, _ in found)
        return found

    def _problems(
        self, entry: EntryHeader, content: Mapping[str, Any] | None, before: EntryHeader | None
    ) -> list[tuple[EntryHeader, str]]:
        late = before is not None and entry.ts < before.ts and entry.ts < _shifted(before.ts, -_BACKWARDS)
        if self._waiting is None and not late:  # nearly always
            text = self._founded(entry, content, before)
            return [] if text is None else [_problem(entry, text)]
        waiting, self._waiting = self._waiting, None
        found: list[tuple[EntryHeader, str]] = []
        if entry.type == "signature" and waiting is not None and entry.subject == waiting.entry.hash:
            text = self._signature(entry, content or {}, waiting)
            if text is None:
                waiting.apply()
            else:
                found.append(_problem(waiting.entry, text))
            text = None
        else:
            if waiting is not None:
                found.append(_problem(waiting.entry, "nobody signed it"))
            text = self._founded(entry, content, before)
        if text is None and late and entry.type != "clock_anomaly":
            self._waiting = None
            text = "it is dated before the entry before it, and no clock was set back"
        return [*found, _problem(entry, text)] if text is not None else found

    def unsigned(self) -> list[tuple[EntryHeader, str]]:
        """Return the last entry if it had to be signed: nothing follows it that could be its signature."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return []
        self.numbers.refused.add(waiting.entry.seq)
        return [_problem(waiting.entry, "nobody signed it")]

    def _founded(self, entry: EntryHeader, content: Mapping[str, Any] | None, before: EntryHeader | None) -> str | None:
        """Return why there was no right to an entry; None lets it take effect, at once or with its signature."""
        kind = entry.type
        if _MOMENT.fullmatch(entry.ts) is None:
            return "it has no time"
        if kind == "decision":
            if entry.subject in self._decided:  # or what was held could be recorded once more, as released
                return "a decision with this id was recorded before"
            self._decided[entry.subject] = entry.seq
        if kind == "erasure" and (text := self._erasure_refused(entry, content or {})) is not None:
            return text
        if not self._accounts and kind == "review":
            self.reviews_are_all = False
        due = kind in _SIGNED and self._to_be_signed(entry)
        if not self._accounts and kind not in ("account", "key", "person") and not due:
            return None
        if not self._accounts and kind in table.KINDS:
            text, apply = None, _nothing  # of the one person of a machine, whose key signs it
        elif kind in table.KINDS:
            text, apply = self._of_work(entry, content, before)
        else:
            text, apply = self._of_people(entry, content)
        if text is None and due:
            signer = self._signer(entry)
            keys = self._keys.get(signer, {})
            if kind == "key" and self.root_key is None and content is not None:
                keys = {str(content["public_key"]): _Key(str(content["kind"]), False)}
            self._waiting = _PendingEntry(entry, signer, keys, content if kind == "review" else None, apply)
        elif text is None:
            apply()
        return text

    def _of_work(self, entry: EntryHeader, content: Mapping[str, Any] | None, before: EntryHeader | None) -> _Ruling:
        """Judge an entry that needs a right."""
        since, until = self._settled.get((entry.actor, entry.type), _NEVER)
        text = None if since <= entry.ts <= until else self._refused(entry, self._needed(entry))
        if text is not None:
            return _Ruling(text)
        if entry.type == "review":
            return self._review(entry, content, before)
        if entry.type == "token":
            return self._token(content, entry.subject)
        ends = entry.type == "erasure" and entry.subject in self._accounts
        return _Ruling(None, partial(self._end, entry.subject) if ends else _nothing)

    def _of_people(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> _Ruling:
        """Judge an entry about people, or one that needs no right."""
        kind = entry.type
        rule = {"account": self._account, "person": self._person, "key": self._key}.get(kind)
        if rule is not None:
            return rule(entry, content)
        if kind == "signed_in":
            return _Ruling(self._signed_in(entry, content))
        if kind == "signed_out":
            return _Ruling(self._signed_out(entry, content))
        if kind == "signature":
            return _Ruling(None if self.root_key is None else "it signs nothing")
        return _Ruling(self._by_system(entry) if kind in table.BY_SYSTEM else None)

    # Signatures and keys.

    def _to_be_signed(self, entry: EntryHeader) -> bool:
        if entry.type == "key":
            return True
        if entry.type in table.PROGRAM_SIGNED:
            return table.PROGRAM in self._keys
        if self.root_key is None:
            return False
        # The program makes accounts of newcomers, which have no key. The first account takes the record from a machine.
        return entry.actor != table.SYSTEM or not self._accounts

    def _signer(self, entry: EntryHeader) -> str:
        """Return whose key has to sign an entry: its maker's, or where the program made it, the machine's or the owner's."""
        if entry.type in table.PROGRAM_SIGNED:
            return table.PROGRAM
        if entry.subject == table.PROGRAM and entry.actor == table.SYSTEM:
            return next(iter(self._keys), "")  # the owner of the root key
        if entry.actor != table.SYSTEM:
            return entry.actor
        return table.SINGLE_USER if table.SINGLE_USER in self._keys else entry.subject

    def _signature(self, entry: EntryHeader, content: Mapping[str, Any], waiting: _PendingEntry) -> str | None:
        signed = waiting.entry
        key = waiting.keys.get(str(content.get("key")))
        foreign = key is not None and key.kind == table.PROGRAM and signed.type not in table.PROGRAM_SIGNED
        if entry.actor != waiting.signer or key is None or foreign:
            return f"it is signed with no key that {waiting.signer} had for it"
        if key.initial and (signed.type, signed.actor) != ("key", signed.subject):
            return f"{waiting.signer} had to choose a password before this key could sign"
        if signed.type == "review":
            if key.kind not in table.PERSONAL_KEYS and self._accounts:
                return f"a key of the kind {key.kind} signs no review"
            text = self._other_review(signed, content, waiting.about)
            if text is not None:
                return text
        elif content.get("meaning") != meaning_of(signed.type, {}):
            return "its signature means something else"
        return self._check(signed, content)

    def _other_review(self, signed: EntryHeader, content: Mapping[str, Any], about: Mapping[str, Any] | None) -> str | None:
        """Return what a signature was given for if not for this review."""
        if about is not None and (content.get("meaning"), content.get("shown")) != (
            meaning_of("review", about),
            about.get("shown_sha256"),
        ):
            return "its signature means something else, or was given for something else that was shown"
        decided = self._decided.get(signed.subject)
        if decided is None or content.get("decision") != self.hashes[(decided - 1) * 32 : decided * 32].hex():
            return "its signature was given for another entry of the decision than the log has"
        return None

    def _key(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> _Ruling:
        machine = not self._accounts and entry.subject == table.SINGLE_USER
        program = entry.subject == table.PROGRAM
        if content is None or not (machine or program or entry.subject in self._accounts):
            return _Ruling("a key belongs to an account, and is never erased")
        public, kind, initial, revoked = map(content.get, ("public_key", "kind", "initial", "revoked"))
        if (
            type(public) is not str
            or kind not in tuple(table.KEY_KINDS)
            or program != (kind == table.PROGRAM)
            or type(initial) is not bool
            or type(revoked) is not bool
            or not (revoked or self._owned(entry.subject, public, content))
        ):
            return _Ruling(f"its content is not a key, or none that signed that it is that of {entry.subject}")
        held = self._keys.get(entry.subject, {})
        if revoked != (public in held) or (not revoked and public in self._all_keys):
            return _Ruling("this key was given before" if not revoked else f"{entry.subject} has no such key")

        def apply() -> None:
            self._proven = self._proven or "proof" in content
            self.root_key = self.root_key or public
            self._all_keys.add(public)
            # A new key replaces the one of the same kind before it, but for the program: it may run on several hosts.
            others = {one: key for one, key in held.items() if one != public and (revoked or program or key.kind != kind)}
            self._keys[entry.subject] = others if revoked else {**others, public: _Key(str(kind), initial)}

        plain = not initial and not revoked
        if program:
            return _Ruling(self._program_key_refused(entry, plain=plain), apply)
        if machine:
            first = self.root_key is None and entry.actor == table.SYSTEM and kind == "machine" and plain
            return _Ruling(None if first else "a machine has one key, made by the program", apply)
        return _Ruling(self._key_refused(entry, str(kind), plain=plain, revoked=revoked), apply)

    def _owned(self, subject: str, public: str, content: Mapping[str, Any]) -> bool:
        return not (self._proven or "proof" in content) or proves(subject, public, content.get("proof"))

    def _program_key_refused(self, entry: EntryHeader, *, plain: bool) -> str | None:
        if self.root_key is None:
            return "the first key is a person's or a machine's"
        if entry.actor == table.SYSTEM:
            return None if plain and self._all_keys == {self.root_key} else "an administrator says which keys a program has"
        return self._refused(entry, ("manage_accounts",)) if self._accounts else None

    def _key_refused(self, entry: EntryHeader, kind: str, *, plain: bool, revoked: bool) -> str | None:
        owner, held = self._accounts[entry.subject], self._keys.get(entry.subject, {})
        if not self._keys.keys() - {table.SINGLE_USER, table.PROGRAM}:
            admin = owner.active and "admin" in owner.roles
            return None if entry.actor == table.SYSTEM and plain and admin else "the first key is an administrator's own"
        if entry.actor != entry.subject and plain and held:
            return f"only {entry.subject} adds a key to the ones that {entry.subject} has"
        if entry.actor != entry.subject or not held:
            return self._refused(entry, ("manage_accounts",))
        kinds = {key.kind for key in held.values()}
        if any(not key.initial for key in held.values()):
            kinds |= table.PERSONAL_KEYS
        if owner.active and (revoked or (plain and kind in kinds)):
            return None
        return "people add, replace and revoke their own keys only"

    # What everybody needs: a role, and a sign-in or a token that is still good.

    def _needed(self, entry: EntryHeader) -> tuple[str, ...]:
        if entry.type == "erasure" and entry.subject in self._accounts:
            return ("manage_accounts",)
        return table.KINDS[entry.type]

    def _refused(self, entry: EntryHeader, actions: tuple[str, ...]) -> str | None:
        account = self._accounts.get(entry.actor)
        if account is None:
            return f"nobody had the account {entry.actor!r}"
        if not account.active:
            return f"the account {entry.actor} was not active"
        if not account.known:
            return None
        roles = account.roles.intersection(table.MACHINE_ROLES) if account.provider == "token" else account.roles
        needed = frozenset().union(*(table.ALLOWED[action] for action in actions))
        if roles.isdisjoint(needed):
            return (
                f"it needs the role {' or '.join(sorted(needed))}, and {entry.actor} had {', '.join(sorted(roles)) or 'none'}"
            )
        if (good := self._good(entry.actor, account, entry.ts)) is None:
            return f"{entry.actor} had no {'token' if account.provider == 'token' else 'sign-in'} that was good at that time"
        if entry.type != "erasure":
            self._settled[entry.actor, entry.type] = good.since, good.until
        return None

    def _good(self, actor: str, account: _Account, ts: str) -> _Valid | None:
        """Return a sign-in or token of the actor that was good at that time."""
        held = self._tokens.get(actor, {}).values() if account.provider == "token" else self._sign_ins.get(actor, ())
        for valid in held:
            if valid.since <= ts <= valid.until:
                return valid
        for valid in held:
            if _shifted(valid.since, -_SET_BACK - _WAIT) <= ts <= _shifted(valid.until, _WAIT):
                return valid
        return None

    def _forget(self, actor: str) -> None:
        for key in [key for key in self._settled if key[0] == actor]:
            del self._settled[key]

    # Accounts, tokens, sign-ins and erasures.

    def _erasure_refused(self, entry: EntryHeader, content: Mapping[str, Any]) -> str | None:
        """Return what an erasure takes that it may not: a decision goes with all that is about it, an account likewise, and
        nothing else is ever erased but marks that were made at a decision."""
        targets = content.get("targets")
        seqs = [target.get("seq") for target in targets if isinstance(target, dict)] if isinstance(targets, list) else []
        account = self._accounts.get(entry.subject)
        own = self._decided.get(entry.subject) if account is None else self._names[entry.subject].seq
        if own is None:
            return "neither a decision nor an account has this id"
        about = self.numbers.about(entry.subject)
        for seq in seqs:
            # Each mark was made at a decision that its content names, and goes with it.
            if type(seq) is not int or not (seq in about or self.numbers.is_of(seq, "fine_lines")):
                return f"entry {seq} is not about {entry.subject}"
            if 0 < self._first_person < seq and self.numbers.is_of(seq, "account"):
                return f"entry {seq} says what an account may do"
        if own not in seqs and seqs:
            return f"it leaves entry {own} itself"
        return None

    def _end(self, account: str) -> None:
        """End an account: its sessions, tokens and keys are good for nothing from now on."""
        self._accounts[account] = self._accounts[account]._replace(active=False)
        self._sign_ins.pop(account, None)
        self._tokens.pop(account, None)
        self._forget(account)

    def _account(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> _Ruling:
        old = self._accounts.get(entry.subject)
        new, names = self._read_account(entry, content)
        if new is None or names is None or _ID.fullmatch(entry.subject) is None:
            return _Ruling("its content is not an account, or its id cannot be one")

        def apply() -> None:
            self._accounts[entry.subject], self._names[entry.subject] = new, names
            self._sign_ins.pop(entry.subject, None)
            self._forget(entry.subject)

        return _Ruling(self._account_refused(entry, old, new, names), apply)

    def _account_refused(self, entry: EntryHeader, old: _Account | None, new: _Account, names: _Names) -> str | None:
        if entry.actor == table.SYSTEM:
            return self._system_refused(old, new)
        if old is not None and new.known and old.known:
            had = self._names[entry.subject]
            if old.provider != new.provider or _differ(had.login, names.login):
                return "an account keeps its login name and its way of signing in"
            same = (old.roles, old.active) == (new.roles, new.active) and not _differ(had.name, names.name)
            if entry.actor == entry.subject and same and old.active and self._good(entry.actor, old, entry.ts):
                return None  # a new password
        return self._refused(entry, ("manage_accounts",))

    def _system_refused(self, old: _Account | None, new: _Account) -> str | None:
        if not self._accounts:
            return None
        if old is not None or new.provider in ("password", "token"):
            return "only an administrator makes or changes such an account"
        if new.known and not new.roles <= table.NEWCOMER_ROLES:
            return f"a newcomer gets no more than the roles {' and '.join(sorted(table.NEWCOMER_ROLES))}"
        return None

    def _read_account(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> tuple[_Account | None, _Names | None]:
        """Return what an account may do, None where that is not said, and its names, None where it has none."""
        read = self._facts.get(entry.seq, {}) if content is None else content
        names: _Names | None = _Names(entry.seq, _text(read.get("login")), _text(read.get("name")))
        if self._first_person:
            apart = content is not None and not {"login", "name"} & content.keys()
            read, names = read if apart else {}, self._names.get(entry.subject)
        elif not read and content is None:
            return _Account(table.EVERYBODY, True, "unknown", known=False), names
        roles, active, provider = map(read.get, ("roles", "active", "provider"))
        if not isinstance(roles, list) or not isinstance(active, bool) or not isinstance(provider, str):
            return None, names
        if not all(isinstance(role, str) for role in roles) or read.get("id", entry.subject) != entry.subject:
            return None, names
        return _Account(frozenset(roles), active, provider), names

    def _person(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> _Ruling:
        had = self._names.get(entry.subject)
        names = _Names(entry.seq, *(_text((content or {}).get(key)) for key in ("login", "name")))
        if (content is not None and None in names) or _ID.fullmatch(entry.subject) is None:
            return _Ruling("its content names nobody, or the id cannot be one")
        if had is not None and _differ(had.login, names.login):
            return _Ruling("an account keeps its login name and its way of signing in")

        def apply() -> None:
            self._first_person = self._first_person or entry.seq
            self._names[entry.subject] = names

        if entry.actor == table.SYSTEM:
            return _Ruling(None if had is None else "only an administrator renames people", apply)
        return _Ruling(self._refused(entry, ("manage_accounts",)), apply)

    def _token(self, content: Mapping[str, Any] | None, sha256: str) -> _Ruling:
        if content is None:
            return _Ruling("a token is never erased")
        owner, since, until = (content.get(name) for name in ("account_id", "issued_at", "expires_at"))
        if not isinstance(owner, str) or not isinstance(since, str) or not isinstance(until, str):
            return _Ruling("its content is not a token")
        account = self._accounts.get(owner)
        if account is None or (account.known and account.provider != "token"):
            return _Ruling("a token belongs to a program's account")
        revoked = content.get("revoked") is not False
        if not revoked and sha256 in self._issued:
            return _Ruling("this token was issued before")

        def apply() -> None:
            if revoked:
                for held in self._tokens.values():
                    held.pop(sha256, None)
            else:
                self._issued.add(sha256)
                self._tokens.setdefault(owner, {})[sha256] = _Valid(sha256, None, since, until)
            self._forget(owner)

        return _Ruling(None, apply)

    def _signed_in(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> str | None:
        account = self._accounts.get(entry.actor)
        if account is None or entry.actor != entry.subject:
            return "people sign in to their own account"
        if not account.active:
            return f"the account {entry.actor} was not active"
        read = self._facts.get(entry.seq, {}) if content is None else content
        until = read.get("expires_at", _shifted(entry.ts, _LONGEST) if content is None else None)
        if not isinstance(until, str) or not entry.ts <= until <= _shifted(entry.ts, _LONGEST + _WAIT):
            return "a sign-in does not last so long"
        how = read.get("how")
        provider = f"OpenID Connect ({account.provider})" if account.provider != "password" else "password (argon2id)"
        if content is not None and account.known and how != provider:
            return f"the account {entry.actor} does not sign in this way"
        # Those that are over are forgotten, with room for a clock that was set back; a session is looked for in this list.
        early = _shifted(entry.ts, -2 * _LONGEST)
        held = self._sign_ins.setdefault(entry.actor, [])
        if held and held[0].until < early:
            held[:] = [valid for valid in held if valid.until >= early]
        held.append(_Valid(_text(read.get("session")), _text(how), entry.ts, until))
        return None

    def _signed_out(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> str | None:
        if entry.actor != entry.subject:
            return "people sign out of their own account"
        session = None if content is None else content.get("session")
        if session is not None:  # earlier versions did not say which session ended
            held = self._sign_ins.get(entry.actor, [])
            self._sign_ins[entry.actor] = [valid for valid in held if valid.sha256 != session]
            self._forget(entry.actor)
        return None

    def _by_system(self, entry: EntryHeader) -> str | None:
        if entry.actor != table.SYSTEM:
            return f"{entry.actor} cannot make it: the program does"
        return "the accounts were set up already" if entry.type == "set_up" else None

    # Reviews.

    def _review(self, entry: EntryHeader, content: Mapping[str, Any] | None, before: EntryHeader | None) -> _Ruling:
        if content is None:
            return _Ruling(None)
        account, name = self._accounts[entry.actor], self._names[entry.actor].name
        # Interned: a log has millions of reviews by few people.
        get = content.get
        by, kind, verdict = intern(str(get("reviewer_id"))), intern(str(get("kind") or "review")), intern(str(get("verdict")))
        review = GivenReview(str(get("id")), by, kind, verdict, _text(get("supersedes")))
        if by != entry.actor:
            return _Ruling(f"the review is signed by {by}")
        if get("decision_id") != entry.subject:
            return _Ruling("the review is of another decision")
        role = _text(get("role"))
        if role not in account.roles or role not in table.REVIEWERS or (kind == "adjudication" and "lead" not in account.roles):
            return _Ruling(f"{entry.actor} had no such role")
        if name is not None and get("reviewer_name") != name:
            return _Ruling(f"the printed name is not that of {entry.actor}")
        earlier = self.reviews.get(entry.subject, ())

        def apply() -> None:
            self.reviews[entry.subject] = (*earlier, review)

        return _Ruling(self._times(entry, content, before) or _dependent(entry, review, earlier), apply)

    def _times(self, entry: EntryHeader, content: Mapping[str, Any], before: EntryHeader | None) -> str | None:
        if not _near(content.get("submitted_at"), entry.ts) and (before is None or before.type != "clock_anomaly"):
            return "it was not submitted when it was recorded"
        at, how = content.get("authenticated_at"), content.get("authentication")
        if at is None:
            return None
        for valid in self._sign_ins.get(entry.actor, ()):
            if _near(at, valid.since) and valid.how in (how, None):
                return None
        return f"{entry.actor} did not sign in at {at}"


def _checked(entry: EntryHeader, content: Mapping[str, Any]) -> str | None:
    return signature_problem(entry.hash, content)


def _problem(entry: EntryHeader, text: str) -> tuple[EntryHeader, str]:
    return entry, f"{entry} was made without the right to it: {text}."


def _dependent(entry: EntryHeader, review: GivenReview, earlier: tuple[GivenReview, ...]) -> str | None:
    """Return how a review is not independent of the earlier ones of its decision."""
    if not earlier and review.supersedes is None:
        return None
    own = [old for old in earlier if old.by == review.by and old.kind == review.kind]
    if review.supersedes is None and own and own[-1].verdict != "withdraw":
        return f"{entry.actor} had reviewed this decision already"
    if review.supersedes is not None and (not own or own[-1].id != review.supersedes):
        return f"it replaces a review that is not the current one of {entry.actor}"
    if review.kind == "adjudication" and any(old.by == review.by and old.kind != review.kind for old in earlier):
        return f"{entry.actor} had reviewed this decision and could not settle its dispute"
    ruled = {old.id for old in earlier if old.kind == "adjudication" and old.verdict != "withdraw"}
    if review.kind == "review" and ruled - {old.supersedes for old in earlier}:
        return "a lead had settled the dispute"
    return None


def _differ(one: str | None, other: str | None) -> bool:
    """Return whether two names that are both known are not the same."""
    return None not in (one, other) and one != other


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _near(one: object, other: str) -> bool:
    if not isinstance(one, str):
        return False
    if one[:_MINUTE] == other[:_MINUTE]:  # nearly always, and a hundred times as fast
        return True
    return _shifted(other, -_WAIT) <= one <= _shifted(other, _WAIT)


def _shifted(moment: str, seconds: float) -> str:
    """Return the moment ``seconds`` later; a text that is not a moment stays as it is, and lies after or before all moments."""
    try:
        later = datetime.fromisoformat(moment[:-1]) + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return moment
    return later.isoformat(timespec="milliseconds") + "Z"
