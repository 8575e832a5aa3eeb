"""Whether the actor of every entry had the right to make it, there and then: hashes alone do not say so.

    authority = Authority()
    for entry, content in proven:                   # in order of seq
        problems += authority.problems(entry, content)
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

This module needs only Python 3.9 and the files of this folder that it imports: a bundle carries copies for its verifier.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from sys import intern
from typing import Any, NamedTuple

try:
    from audit.log import roles as table
    from audit.log import signatures
    from audit.log import standing as words
    from audit.log.proving import EntryHeader
except ImportError:  # in a bundle
    import roles as table  # type: ignore[import-not-found,no-redef]
    import signatures  # type: ignore[import-not-found,no-redef]
    import standing as words  # type: ignore[import-not-found,no-redef]
    from proving import EntryHeader  # type: ignore[import-not-found,no-redef]

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
_BY_PROGRAM = table.PROGRAM_SIGNED | table.SIGNED_SINCE
_SIGNED = table.SIGNED | _BY_PROGRAM
# What every review says, of what type, and what one of an earlier version need not say.
_TEXT, _MAYBE = (str,), (str, type(None))
_SAYS: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("id", "decision_id", "reviewer_id", "reviewer_name", "role", "authentication", "opened_at"), _TEXT),
    **dict.fromkeys(("submitted_at", "shown_sha256", "verdict", "comment"), _TEXT),
    **dict.fromkeys(("reason", "corrected_label", "supersedes"), _MAYBE),
    "suggestion_visible": (bool,),
    "pairs": (list,),
}
_ALSO = {**dict.fromkeys(("kind", "authenticated_at", "assigned_at", "lease"), _MAYBE), "seen": (dict, type(None))}
_FIRST = frozenset({("review", "approve"), ("review", "flag"), ("control", "approve"), ("control", "flag")})
_BACKWARDS = 1.0  # seconds that an entry may be older than an earlier one: clocks of several machines differ by milliseconds


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


class SignIn(NamedTuple):
    """A sign-in or a token: its hash, how a person signed in, and from when until when it is good. ``keys_only``: it was signed
    by the person's own key, on a host whose program has none that counts, and is good for nothing but confirming keys.
    ``seq``: of the sign-in's entry."""

    sha256: str | None
    how: str | None
    since: str
    until: str
    keys_only: bool = False
    seq: int = 0


class _Decided(NamedTuple):
    """A decision: the number of its entry, its gate as it was decided (None where the content was erased) and how many reviews
    it asks for."""

    seq: int
    gate: str | None
    required: int


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


def erasure_targets(content: Mapping[str, Any]) -> dict[int, tuple[object, Mapping[str, Any]]]:
    """Return the entries that an erasure lists, by number: the commitment of each, and what was kept of it."""
    targets = content.get("targets")
    found: dict[int, tuple[object, Mapping[str, Any]]] = {}
    for target in targets if isinstance(targets, list) else ():
        if isinstance(target, dict) and type(target.get("seq")) is int:
            facts = target.get("facts")
            found[target["seq"]] = (target.get("p"), facts if isinstance(facts, dict) else {})
    return found


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
    """The fold over entries that were proven (`audit.log.proving`), in order.

    ``facts``: of emptied entries what their erasure kept, to be known before they are read. ``erased``: those whose erasure
    counts.
    ``check(entry, content)`` returns what is wrong with a signature of an entry; by default it is computed at once.
    ``root_key`` is the first key's public half (hexadecimal), None as long as nobody signs. ``reviews``: those that count, by
    decision; without those that were given before there were accounts, and then they are not all (``reviews_are_all``).
    ``hashes``: of all entries so far, 32 bytes each. ``numbers``: of the entries by what they are about.
    """

    def __init__(self, check: Callable[[EntryHeader, Mapping[str, Any]], str | None] | None = None) -> None:
        self.facts: dict[int, Mapping[str, Any]] = {}
        self.erased: set[int] = set()
        self._before: EntryHeader | None = None
        self.latest = ""  # the time of the last entry that was not late: a late one does not make the next right
        self._check = check or _checked
        self.root_key: str | None = None
        self._accounts: dict[str, _Account] = {}
        self._names: dict[str, _Names] = {}
        self._first_person = 0  # the entry from which on accounts and names are apart; 0: they are not yet
        self._sign_ins: dict[str, list[SignIn]] = {}
        self._tokens: dict[str, dict[str, SignIn]] = {}
        self._issued: set[str] = set()
        self._keys: dict[str, dict[str, _Key]] = {}
        self._all_keys: set[str] = set()
        self.signed_since = 0  # the entry "sessions_ended", from which on the program signs who signs in; 0: it does not yet
        self._proven = False  # a key has proven whose it is, as those of earlier versions did not: from then on every one does
        self._decided: dict[str, _Decided] = {}
        self._requests: dict[str, int] = {}  # how many more reviews were asked for, by decision
        self._reviewed: set[str] = set()  # the ids of all reviews, refused ones too
        self.hashes = bytearray()
        self.numbers = Numbers()
        self.reviews: dict[str, tuple[words.GivenReview, ...]] = {}
        self._waiting: _PendingEntry | None = None
        self._signed_by = ""  # who signed the entry that is taking effect
        # Kinds that an actor may make, each with the times between which nothing about that has to be looked up again.
        self._settled: dict[tuple[str, str], tuple[str, str]] = {}

    def problems(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> list[tuple[EntryHeader, str]]:
        """Return the entries, this next one or the one before it, that nobody had the right to make, each with why.

        ``content``: None where it was erased, and for kinds whose content is not read (`CONTENT`).
        """
        before, self._before = self._before, entry
        self.hashes += bytes.fromhex(entry.hash)
        self.numbers.note(entry)
        found = self._problems(entry, content, before, self._untimely(entry))
        if found:
            self.numbers.refused.update(refused.seq for refused, _ in found)
        return found

    def _untimely(self, entry: EntryHeader) -> str | None:
        """Return what is wrong with the time of the next entry. Only times decide, so that every reader says the same."""
        if _MOMENT.fullmatch(entry.ts) is None:
            return "it has no time"
        set_back = entry.type == "clock_anomaly" and entry.actor == table.SYSTEM
        if entry.ts < self.latest and entry.ts < _shifted(self.latest, -_BACKWARDS) and not set_back:
            return "it is dated before an earlier entry, and no clock was set back"
        self.latest = entry.ts
        return None

    def _problems(
        self, entry: EntryHeader, content: Mapping[str, Any] | None, before: EntryHeader | None, untimely: str | None
    ) -> list[tuple[EntryHeader, str]]:
        waiting, self._waiting = self._waiting, None
        if waiting is None:  # nearly always
            text = self._founded(entry, content, before, untimely)
            return [] if text is None else [_problem(entry, text)]
        if entry.type != "signature" or entry.subject != waiting.entry.hash:
            text = self._founded(entry, content, before, untimely)
            return [_problem(waiting.entry, "nobody signed it"), *([] if text is None else [_problem(entry, text)])]
        text = untimely or self._signature(entry, content or {}, waiting)
        if text is not None:
            return [_problem(waiting.entry, text)]
        self._signed_by = entry.actor
        waiting.apply()
        return []

    def unsigned(self) -> list[tuple[EntryHeader, str]]:
        """Return the last entry if it had to be signed: nothing follows it that could be its signature."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return []
        self.numbers.refused.add(waiting.entry.seq)
        return [_problem(waiting.entry, "nobody signed it")]

    def _founded(
        self, entry: EntryHeader, content: Mapping[str, Any] | None, before: EntryHeader | None, untimely: str | None
    ) -> str | None:
        """Return why there was no right to an entry; None lets it take effect, at once or with its signature."""
        kind = entry.type
        if (text := self._malformed(entry, content) or untimely) is not None:
            return text
        if kind == "erasure" and (text := self._erasure_refused(entry, content or {})) is not None:
            return text
        due = kind in _SIGNED and self._to_be_signed(entry)
        if not self._accounts and kind in table.KINDS:  # one person works alone, and the key of their machine signs it
            text, apply = self._words(entry, content)
        elif not self._accounts and kind not in ("account", "key", "person") and not due:
            return None
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
            self._signed_by = ""
            apply()
        return text

    def _of_work(self, entry: EntryHeader, content: Mapping[str, Any] | None, before: EntryHeader | None) -> _Ruling:
        """Judge an entry that needs a right."""
        since, until = self._settled.get((entry.actor, entry.type), _NEVER)
        text = None if since <= entry.ts <= until else self._refused(entry, self._needed(entry))
        if text is not None:
            return _Ruling(text)
        text = self._review_refused(entry, content, before) if entry.type == "review" and content is not None else None
        if text is not None:
            return _Ruling(text)
        if entry.type in ("review", "review_requested"):
            return self._words(entry, content)
        if entry.type == "token":
            return self._token(content, entry.subject)
        return _Ruling(None, partial(self._erase, entry.subject, content or {}) if entry.type == "erasure" else _nothing)

    def _of_people(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> _Ruling:
        """Judge an entry about people, or one that needs no right."""
        kind = entry.type
        rule = {"account": self._account, "person": self._person, "key": self._key}.get(kind)
        if rule is not None:
            return rule(entry, content)
        if kind == "signed_in":
            return self._signed_in(entry, content)
        if kind == "signed_out":
            return self._signed_out(entry, content)
        if kind == "sessions_ended":
            return self._sessions_ended(entry)
        if kind == "signature":
            return _Ruling(None if self.root_key is None else "it signs nothing")
        return _Ruling(self._by_system(entry) if kind in table.BY_SYSTEM else None)

    # Signatures and keys.

    def _to_be_signed(self, entry: EntryHeader) -> bool:
        if entry.type == "key":
            return True
        if entry.type in _BY_PROGRAM:
            return table.PROGRAM in self._keys and (self.signed_since > 0 or entry.type in table.PROGRAM_SIGNED)
        if self.root_key is None:
            return False
        # The program makes accounts of newcomers, which have no key. The first account takes the record from a machine.
        return entry.actor != table.SYSTEM or not self._accounts

    def _signer(self, entry: EntryHeader) -> str:
        """Return whose key has to sign an entry: its maker's, or where the program made it, the machine's or the owner's."""
        if entry.type in _BY_PROGRAM:
            return table.PROGRAM
        if entry.subject == table.PROGRAM and entry.actor == table.SYSTEM:
            return next(iter(self._keys), "")  # the owner of the root key
        if entry.actor != table.SYSTEM:
            return entry.actor
        return table.SINGLE_USER if table.SINGLE_USER in self._keys else entry.subject

    def _signature(self, entry: EntryHeader, content: Mapping[str, Any], waiting: _PendingEntry) -> str | None:
        signed, signer, keys = waiting.entry, waiting.signer, waiting.keys
        if signed.type in ("signed_in", "signed_out") and entry.actor == signed.actor:  # where the program has no key
            signer, account = signed.actor, self._accounts[signed.actor]
            keys = self._keys.get(signer, {}) if account.active and "admin" in account.roles else {}
        key = keys.get(str(content.get("key")))
        foreign = key is not None and key.kind == table.PROGRAM and signed.type not in _BY_PROGRAM
        if entry.actor != signer or key is None or foreign:
            return f"it is signed with no key that {signer} had for it"
        if key.initial and (signed.type, signed.actor) != ("key", signed.subject):
            return f"{signer} had to choose a password before this key could sign"
        if signed.type != "review":
            right = content.get("meaning") == signatures.meaning_of(signed.type, {})
            return self._check(signed, content) if right else "its signature means something else"
        if key.kind not in table.PERSONAL_KEYS and self._accounts:
            return f"a key of the kind {key.kind} signs no review"
        return self._other_review(signed, content, waiting.about) or self._check(signed, content)

    def _other_review(self, signed: EntryHeader, content: Mapping[str, Any], about: Mapping[str, Any] | None) -> str | None:
        """Return what a signature was given for if not for this review."""
        if about is not None and (content.get("meaning"), content.get("shown")) != (
            signatures.meaning_of("review", about),
            about.get("shown_sha256"),
        ):
            return "its signature means something else, or was given for something else that was shown"
        decided = self._decided.get(signed.subject)
        if decided is None or content.get("decision") != self.hashes[(decided.seq - 1) * 32 : decided.seq * 32].hex():
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
            or (initial and kind not in table.PERSONAL_KEYS)
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
        return not (self._proven or "proof" in content) or signatures.proves(subject, public, content.get("proof"))

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
        if not owner.active or not (revoked or (plain and kind in kinds)):
            return "people add, replace and revoke their own keys only"
        if owner.known and self._good(entry, owner) is None:
            return f"{entry.actor} had no sign-in that was good at that time"
        return None

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
        if (good := self._good(entry, account)) is None:
            return f"{entry.actor} had no {'token' if account.provider == 'token' else 'sign-in'} that was good at that time"
        if entry.type != "erasure":
            self._settled[entry.actor, entry.type] = good.since, good.until
        return None

    def _good(self, entry: EntryHeader, account: _Account) -> SignIn | None:
        """Return a sign-in or token of an entry's actor that was good for it at that time."""
        actor, ts = entry.actor, entry.ts
        every = self._tokens.get(actor, {}).values() if account.provider == "token" else self._sign_ins.get(actor, ())
        held = [valid for valid in every if entry.type == "key" or not valid.keys_only]
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
        if not isinstance(targets, list) or not isinstance(content.get("blobs", []), list) or len(seqs) < len(targets):
            return "its content does not list what goes"
        account = self._accounts.get(entry.subject)
        decided = self._decided.get(entry.subject)
        own = self._names[entry.subject].seq if account is not None else None if decided is None else decided.seq
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

    def _erase(self, subject: str, content: Mapping[str, Any]) -> None:
        """Take contents away; of an account, let sessions, tokens and keys be good for nothing from now on."""
        self.erased.update(erasure_targets(content))
        for seq in erasure_targets(content):
            self.facts.pop(seq, None)
        if subject not in self._accounts:
            self._forget_decision(subject)
            return
        self._accounts[subject] = self._accounts[subject]._replace(active=False)
        self._sign_ins.pop(subject, None)
        self._tokens.pop(subject, None)
        self._forget(subject)

    def _forget_decision(self, id: str) -> None:
        decided = self._decided.get(id)
        if decided is not None and decided.seq in self.erased:
            self._decided[id] = decided._replace(gate=None)
            self.reviews.pop(id, None)

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
            if entry.actor == entry.subject and same and old.active and self._good(entry, old):
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
        read = self.facts.get(entry.seq, {}) if content is None else content
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
        if (content is not None and not (names.login and names.name)) or _ID.fullmatch(entry.subject) is None:
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
                self._tokens.setdefault(owner, {})[sha256] = SignIn(sha256, None, since, until)
            self._forget(owner)

        return _Ruling(None, apply)

    def sign_in(self, account: str, sha256: str) -> SignIn | None:
        """Return the sign-in of an account that opened the session of a token with this hash; None when none did, or when the
        session has ended."""
        held = self._accounts.get(account)
        found = self._sign_ins.get(account, ()) if held is not None and held.active else ()
        return next((valid for valid in found if valid.sha256 == sha256), None)

    def _signed_in(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> _Ruling:
        account = self._accounts.get(entry.actor)
        if account is None or entry.actor != entry.subject:
            return _Ruling("people sign in to their own account")
        if not account.active:
            return _Ruling(f"the account {entry.actor} was not active")
        read = self.facts.get(entry.seq, {}) if content is None else content
        until = read.get("expires_at", _shifted(entry.ts, _LONGEST) if content is None else None)
        if not isinstance(until, str) or not entry.ts <= until <= _shifted(entry.ts, _LONGEST + _WAIT):
            return _Ruling("a sign-in does not last so long")
        how = read.get("how")
        if "session" in read and not _text(read["session"]):  # earlier versions did not say which
            return _Ruling("its content is not a sign-in")
        provider = f"OpenID Connect ({account.provider})" if account.provider != "password" else "password (argon2id)"
        if content is not None and account.known and how != provider:
            return _Ruling(f"the account {entry.actor} does not sign in this way")

        def open_session() -> None:
            # Those that are over are forgotten, with room for a clock that was set back; a session is looked for in this list.
            early = _shifted(entry.ts, -2 * _LONGEST)
            held = self._sign_ins.setdefault(entry.actor, [])
            if held and held[0].until < early:
                held[:] = [valid for valid in held if valid.until >= early]
            keys_only = self.signed_since > 0 and self._signed_by == entry.actor
            held.append(SignIn(_text(read.get("session")), _text(how), entry.ts, until, keys_only, entry.seq))

        return _Ruling(None, open_session)

    def _signed_out(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> _Ruling:
        if entry.actor != entry.subject or entry.actor not in self._accounts:
            return _Ruling("people sign out of their own account")
        session = None if content is None else content.get("session")

        def end_session() -> None:
            if session is not None:  # earlier versions did not say which session ended
                held = self._sign_ins.get(entry.actor, [])
                self._sign_ins[entry.actor] = [valid for valid in held if valid.sha256 != session]
                self._forget(entry.actor)

        return _Ruling(None, end_session)

    def _sessions_ended(self, entry: EntryHeader) -> _Ruling:
        def end_all() -> None:
            self.signed_since = self.signed_since or entry.seq
            self._sign_ins.clear()
            self._settled.clear()

        if entry.actor != table.SYSTEM or table.PROGRAM not in self._keys:
            return _Ruling("the program ends all sessions, with a key that counts")
        return _Ruling(None, end_all)

    def _by_system(self, entry: EntryHeader) -> str | None:
        if entry.actor != table.SYSTEM:
            return f"{entry.actor} cannot make it: the program does"
        return "the accounts were set up already" if entry.type == "set_up" else None

    # Decisions and reviews.

    def standing(self, decision_id: str) -> words.Standing | None:
        """Return where a decision stands by the entries so far; None where there is none, or its content was erased."""
        said = self.said_of(decision_id)
        return None if said is None else words.standing(*said)

    def said_of(self, decision_id: str) -> tuple[str, int, Sequence[words.GivenReview], int] | None:
        """Return what `standing` takes: a decision's gate as it was decided, how many reviews it asked for, those that were
        given, and how many more were requested."""
        decided = self._decided.get(decision_id)
        if decided is None or decided.gate is None or decided.seq in self.numbers.refused:
            return None
        return decided.gate, decided.required, self.reviews.get(decision_id, ()), self._requests.get(decision_id, 0)

    def _malformed(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> str | None:
        """Return why an entry cannot say what it says; take note of ids of decisions and reviews, whatever else is wrong."""
        if entry.type in ("decision", "review"):
            return self._repeated(entry, content)
        if content is not None and entry.type == "submitted_as" and not _text(content.get("input_sha256")):
            return "its content does not say what was submitted"
        return "its content says nothing" if content == {} and entry.type in ("failed_input", "review_requested") else None

    def _repeated(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> str | None:
        if entry.type == "review":
            id = None if content is None else _text(content.get("id"))
            if id in self._reviewed:  # or a review could be recorded once more, as another person's
                return "a review with this id was recorded before"
            if id is not None:
                self._reviewed.add(id)
            return None
        if entry.subject in self._decided:  # or what was held could be recorded once more, as released
            return "a decision with this id was recorded before"
        decided = _Decided(entry.seq, None, 0)
        if content is not None:
            decided = _Decided(entry.seq, _known(content.get("gate"), words.GATES), content.get("required_reviews", 1))
        self._decided[entry.subject] = decided
        if content is not None and (
            decided.gate is None or type(decided.required) is not int or decided.required < (decided.gate == "held")
        ):
            return "its content does not say whether it is released, or how many reviews it needs"
        if content is not None and not _text(content.get("input_name")):
            return "its content does not say what it was decided on"
        return None if content is None or content.get("id") == entry.subject else "its content has another id"

    def _words(self, entry: EntryHeader, content: Mapping[str, Any] | None) -> _Ruling:
        """Judge what people say of a decision: in its turn, and once."""
        if entry.type == "review_requested":
            if entry.subject not in self._decided:
                return _Ruling("the request is about no decision that the record has")

            def ask() -> None:
                self._requests[entry.subject] = self._requests.get(entry.subject, 0) + 1

            return _Ruling(None, ask)
        if entry.type == "erasure":
            return _Ruling(None, partial(self._erase, entry.subject, content or {}))
        if entry.type == "review" and content is not None:
            return self._review(entry, content)
        if entry.type == "review" and entry.subject in self._decided:  # nobody knows any more what it said
            self._decided[entry.subject] = self._decided[entry.subject]._replace(gate=None)
        return _Ruling(None)

    def _review(self, entry: EntryHeader, content: Mapping[str, Any]) -> _Ruling:
        # Interned: a log has millions of reviews by few people.
        get = content.get
        kind, verdict = _known(get("kind", "review"), words.REVIEW_KINDS), _known(get("verdict"), words.VERDICTS)
        id, by, replaced = _text(get("id")), _text(get("reviewer_id")), get("supersedes")
        if None in (id, by, kind, verdict) or not _is_review(content):
            return _Ruling("its content is not a review")
        review = words.GivenReview(str(id), intern(str(by)), str(kind), str(verdict), replaced)
        # Before there were accounts and keys, nothing vouched for names.
        vouched = bool(self._accounts) or self.root_key is not None
        if vouched and by != entry.actor:
            return _Ruling(f"the review is signed by {by}")
        if get("decision_id") != entry.subject or entry.subject not in self._decided:
            return _Ruling("the review is of another decision")
        earlier = self.reviews.get(entry.subject, ())

        def give() -> None:
            self.reviews[entry.subject] = (*earlier, review)

        first = not earlier and replaced is None and (kind, verdict) in _FIRST
        text = None if first or not vouched else words.refused_review(review, earlier, lambda: self.standing(entry.subject))
        return _Ruling(text, give)

    def _review_refused(self, entry: EntryHeader, content: Mapping[str, Any], before: EntryHeader | None) -> str | None:
        """Return why the maker of a review cannot have given it."""
        account, name, get = self._accounts[entry.actor], self._names[entry.actor].name, content.get
        role = _text(get("role"))
        ruling = get("kind") == "adjudication"
        if role not in account.roles or role not in table.REVIEWERS or (ruling and "lead" not in account.roles):
            return f"{entry.actor} had no such role"
        if name is not None and get("reviewer_name") != name:
            return f"the printed name is not that of {entry.actor}"
        return self._times(entry, content, before)

    def _times(self, entry: EntryHeader, content: Mapping[str, Any], before: EntryHeader | None) -> str | None:
        if not _near(content.get("submitted_at"), entry.ts) and (before is None or before.type != "clock_anomaly"):
            return "it was not submitted when it was recorded"
        at, how = content.get("authenticated_at"), content.get("authentication")
        if at is None:
            return None
        for valid in self._sign_ins.get(entry.actor, ()):
            if _near(at, valid.since) and valid.how in (how, None) and not valid.keys_only:
                return None
        return f"{entry.actor} did not sign in at {at}"


def _is_review(content: Mapping[str, Any]) -> bool:
    """Return whether these are the fields of a review; what they say beyond that, verification of the database checks."""
    known = _SAYS.keys() <= content.keys() <= _SAYS.keys() | _ALSO.keys()
    return known and all(type(said) in (_SAYS.get(name) or _ALSO[name]) for name, said in content.items())


def _checked(entry: EntryHeader, content: Mapping[str, Any]) -> str | None:
    return signatures.signature_problem(entry.hash, content)


def _problem(entry: EntryHeader, text: str) -> tuple[EntryHeader, str]:
    return entry, f"{entry} was made without the right to it: {text}."


def _differ(one: str | None, other: str | None) -> bool:
    """Return whether two names that are both known are not the same."""
    return None not in (one, other) and one != other


def _known(value: object, values: Collection[str]) -> str | None:
    """Return the one of these values that this is, always the same object; None for anything else."""
    return next((one for one in values if one == value), None)


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
