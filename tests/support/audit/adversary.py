"""Entries by everybody, of every kind, with every field that could lend power: each with the verdict that it must get.

The kinds and who may make them are taken from the table of rights (`audit.log.roles`); the verdict comes from how a case was
made, never from the fold. Half of the cases are refused, half are as they should be. All of them continue the record that
`unsigned.stage` makes, in which everybody signs; who forges can write to the database and has no key but one of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain, combinations
from typing import Any

from audit import Role
from audit.log.entries import SESSIONS_ENDED, SIGNATURE, SIGNED_IN, SIGNED_OUT
from audit.log.roles import (
    ALLOWED,
    BY_SYSTEM,
    CONTENT,
    KINDS,
    NEWCOMER_ROLES,
    PROGRAM,
    PROGRAM_SIGNED,
    SIGNED,
    SIGNED_SINCE,
    SINGLE_USER,
    SYSTEM,
)
from audit.log.signatures import public_half
from audit.people.sessions import LONGEST
from audit.records.clock import shifted
from tests.support.audit import unsigned
from tests.support.audit.builders import sha
from tests.support.audit.unfounded import HOUR, Person
from tests.support.audit.unsigned import OF_PROGRAM, Base, Case, Scene, Team

__all__ = ["cases"]

ALL = sorted({*KINDS, *BY_SYSTEM, *CONTENT, *SIGNED, *PROGRAM_SIGNED, *SIGNED_SINCE})
_DUE = SIGNED | OF_PROGRAM  # kinds that count only with a signature
_NEEDS: Mapping[str, tuple[str, ...]] = {**dict.fromkeys(SIGNED, ("manage_accounts",)), **KINDS}
LONG_AGO = "2001-01-01T00:00:00.000Z"
# Names that are reserved, look like one, or are no id: no account can have one.
ODD = (
    *(SYSTEM, SINGLE_USER, PROGRAM, "", "System", "SYSTEM", "Program", "Single-User", "single user", "single_user", " system"),
    *(
        "system ",
        "system\n",
        "sys\u200btem",
        "\u0455ystem",
        "syst\u0435m",
        "\uff53ystem",
        "\u202emetsys",
        "s\u0131ngle-user",
        "admin",
    ),
    *("root", "nobody", "None", "null", "0", "*", "%", "' OR ''='", "g" * 32, "ab" * 15, "ab" * 17, "AB" * 16, "\uff41" * 32),
    *("ab" * 15 + "\n", " " + "ab" * 15 + " ", "\u0430b" * 16),
)
_NO_TEXT: tuple[Any, ...] = (None, 0, 5, 1.5, True, [], {}, ["admin"])
_NO_TRUTH: tuple[Any, ...] = (None, 0, 1, "true", "", [], {})
_TEXTS = ("", "why", "\u202etxt", "\U0001f600 '); DROP TABLE log; --", "\u0410dministrator", "line\nbreak \x00")


def cases(base: Base) -> Iterator[Case]:
    """Yield all cases about a record, those to be refused first. Their names differ."""
    yield from refused(base)
    yield from rightful(base)


def refused(base: Base) -> Iterator[Case]:
    """Yield what nobody has the right to."""
    yield from unsigned.cases()
    yield from _by_odd(base)
    yield from _by_the_wrong(base.team)
    yield from _signatures()
    for field, values in _fields(base).items():
        kind, _, name = field.partition(".")
        for value in values:
            yield Case(f"{kind}: {name} is {value!r}", True, partial(_changed, **{name: value}))
    yield from _accounts(base.team)
    yield from _keys(base.team)
    yield from _erasures(base)
    yield from _reviews(base.team)
    for kind in sorted({*KINDS, "account", "person"}):
        by = _keys_only(kind, base.team)
        yield Case(f"{kind}: by an administrator who signed in to confirm keys", True, partial(_after_own_sign_in, by=by))


def rightful(base: Base) -> Iterator[Case]:
    """Yield what counts: every kind by everybody with the right to it, at any time of a sign-in, whatever the texts say."""
    team = base.team
    for kind in ALL:
        for who, person in _people(team):
            if not _may(kind, person, who, team):
                continue
            yield Case(f"{kind}: by {who}", False, partial(_in_order, by=person))
            for late in (0, 60, HOUR // 2, HOUR - 1, HOUR, HOUR + 599):
                for number, text in enumerate(_TEXTS):
                    if text == "" and kind in ("decision", "person"):  # what was decided on, and who somebody is, has a name
                        continue
                    write = partial(_in_order, by=person, late=late, text=text)
                    yield Case(f"{kind}: by {who}, {late} s after a sign-in, text {number}", False, write)
    for kind in sorted(BY_SYSTEM - {"set_up"}):
        for number in range(len(_TEXTS)):
            yield Case(f"{kind}: by the program, text {number}", False, partial(_by_program, text=_TEXTS[number]))
    own = partial(_after_own_sign_in, by=_keys_only("key", team))
    yield Case("key: by an administrator who signed in to confirm keys", False, own)
    for role, person in (("a new", team.by_role[Role.ADMIN]), ("the first", team.root), ("an all-round", team.machine)):
        yield Case(f"signed_in: signed by {role} administrator", False, partial(_by, by=person, signer=person.id))
    for roles in _subsets():
        yield Case(f"account: new, {_words(roles)}", False, partial(_changed, roles=[*roles]))
        if {*roles} <= NEWCOMER_ROLES:
            yield Case(f"account: a newcomer, {_words(roles)}", False, partial(_newcomer, roles=roles))


# Who makes an entry.


def _odd_actors(base: Base) -> dict[str, str]:
    admin = base.team.by_role[Role.ADMIN].id
    alike = {
        "in capitals": admin.upper(),
        "with a space behind": admin + " ",
        "with a space before": " " + admin,
        "with a line's end": admin + "\n",
        "one sign short": admin[:-1],
        "one sign long": admin + "0",
        "in wide signs": "".join(chr(ord(sign) + 0xFEE0) for sign in admin),
        "with a sign that looks alike": admin.translate({ord("a"): "\u0430", ord("c"): "\u0441", ord("e"): "\u0435"}),
    }
    named = {f"named {name!r}": name for name in ODD}
    named |= {f"with an administrator's id {how}": id for how, id in alike.items() if id != admin}
    return named | {f"{name}": person.id for name, person in base.team.wrong.items()} | {"of no account": "ab" * 16}


def _by_odd(base: Base) -> Iterator[Case]:
    for kind in ALL:
        for name, id in _odd_actors(base).items():
            if id == SYSTEM and kind in BY_SYSTEM - {"set_up", *_DUE}:
                continue
            yield Case(f"{kind}: by somebody {name}", True, partial(_by, by=Person(id)))
            if kind in _DUE:
                yield Case(f"{kind}: by somebody {name}, signed", True, partial(_by, by=Person(id), signer=id))
            # Nothing follows from it that somebody went whose account is gone.
            gone = kind == SIGNED_OUT and name in base.team.wrong
            if kind in OF_PROGRAM and (id, kind) != (SYSTEM, SESSIONS_ENDED) and not gone:
                write = partial(_by, by=Person(id), signer=PROGRAM)
                yield Case(f"{kind}: by somebody {name}, signed by the program", True, write)


def _by(s: Scene, by: Person, *, signer: str | None = None) -> int:
    """Append an entry by somebody, signed with the key that the signer had, or with the attacker's in their name."""
    seq = s.entry(by)
    return seq if signer is None else s.sign(seq, s.team.keys.get(signer, s.mine), signer)


def _people(team: Team) -> Iterator[tuple[str, Person]]:
    for role in Role:
        own = {"role": role.value if role in (Role.REVIEWER, Role.LEAD) else "reviewer"}
        yield f"a {role.value}", replace(team.by_role[role], **own)
        yield f"another {role.value}", replace(team.other[role], **own)
    for name in ("initial", "revoked", "machine", "keyless"):
        yield f"somebody with all roles and the key {name}", getattr(team, name)
    yield "a program", team.programs["good"]


def _roles(who: str) -> frozenset[str]:
    if who == "a program":
        return frozenset({"service"})
    return (
        frozenset({who.rsplit(maxsplit=1)[-1]})
        if who.startswith(("a ", "another "))
        else frozenset(role.value for role in Role)
    )


def _may(kind: str, person: Person, who: str, team: Team) -> bool:
    """Return whether this person, signed in, makes such an entry: by role, and by the key for what has to be signed."""
    if kind in (SIGNED_IN, SIGNED_OUT):
        return who != "a program" or kind == SIGNED_OUT
    if kind not in _NEEDS or _roles(who).isdisjoint(frozenset().union(*(ALLOWED[action] for action in _NEEDS[kind]))):
        return False
    if kind not in SIGNED:
        return True
    good = person.id in team.keys and person not in (team.initial, team.revoked)
    return good and (kind != "review" or person != team.machine)


def _in_order(s: Scene, by: Person, late: float = 0, text: str | None = None) -> int:
    """Append an entry of somebody who has signed in, signed by whom it must be; `text`: what its texts say."""
    s.by = by if by == s.team.programs["good"] else s.signed_in(by)
    changes = dict.fromkeys(_free(s.kind), text) if text is not None else {}
    if s.kind == "review":
        changes["submitted_at"] = shifted(s.now, late)
    if s.kind == "signed_in":
        changes["expires_at"] = shifted(s.now, late + HOUR)
    seq = s.entry(ts=shifted(s.now, late), **changes)
    return s.sign(seq, s.team.keys.get(s.signer, s.mine)) if s.kind in _DUE else seq


def _free(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind that say nothing of power."""
    named = {"person": ("name",), "review": ("comment",), "key": (), "token": (), "decision": ("input_name",)}
    return named.get(kind, ("why",))


def _by_program(s: Scene, text: str) -> int:
    seq = s.entry(Person(SYSTEM), how=text)
    return s.sign(seq, s.key) if s.kind in _DUE else seq


def _keys_only(kind: str, team: Team) -> Person:
    """Return an administrator who has the roles for this kind, too, and a key that signs it where people sign it."""
    return team.by_role[Role.ADMIN] if "admin" in _roles_for(kind) else team.machine


def _roles_for(kind: str) -> frozenset[str]:
    return frozenset().union(*(ALLOWED[action] for action in _NEEDS[kind]))


def _after_own_sign_in(s: Scene, by: Person) -> int:
    """Let an administrator sign their own sign-in, as where the program has no key that counts, and then make an entry."""
    content = {"how": by.how, "session": sha(b"session"), "expires_at": shifted(s.now, HOUR)}
    s.sign(s.append(by.id, SIGNED_IN, by.id, content), s.team.keys[by.id], by.id)
    s.by = replace(by, at=s.now)
    seq = s.entry()
    return s.sign(seq, s.team.keys.get(s.signer, s.mine)) if s.kind in _DUE else seq


def _by_the_wrong(team: Team) -> Iterator[Case]:
    """Yield what people lack the role for, and what they are not signed in for."""
    for kind in ALL:
        for who, person in _people(team):
            if kind not in (SIGNATURE, "signed_in") and not _may(kind, person, who, team):
                yield Case(f"{kind}: by {who}", True, partial(_in_order, by=person))
        may = _may_sign(kind, team) if kind in _NEEDS else []
        for who, person in may:
            yield Case(f"{kind}: by {who}, who is not signed in", True, partial(_signed_by, by=person))
            yield Case(f"{kind}: by {who}, who has signed out", True, partial(_signed_by, by=person, out=True))
            yield Case(f"{kind}: by {who}, dated long ago", True, partial(_signed_by, by=person, ts=LONG_AGO))
            yield Case(f"{kind}: by {who}, long after a sign-in", True, partial(_in_order, by=person, late=HOUR + 601))


def _may_sign(kind: str, team: Team) -> list[tuple[str, Person]]:
    return [(who, person) for who, person in _people(team) if who != "a program" and _may(kind, person, who, team)]


def _signed_by(s: Scene, by: Person, *, out: bool = False, **changes: Any) -> int:
    s.by = by
    if out or changes:
        s.by = s.signed_in(by)
    if out:
        s.signed_out(by)
    seq = s.entry(**changes)
    return s.sign(seq, s.team.keys.get(s.signer, s.mine)) if s.kind in _DUE else seq


# What an entry says.


def _changed(s: Scene, **changes: Any) -> int:
    """Append an entry of the rightful person, who signs it, with another content."""
    seq = s.entry(**changes)
    return s.sign(seq, s.key) if s.kind in _DUE else seq


def _fields(base: Base) -> dict[str, tuple[Any, ...]]:
    """Return, by kind and field, values that make an entry one that nobody may make."""
    team, people = base.team, [*base.team.by_role.values(), base.team.keyless]
    reviewer, admin = team.by_role[Role.REVIEWER], team.by_role[Role.ADMIN]
    others = tuple(person.id for person in people if person != reviewer)
    held = tuple(public_half(key) for key in {*team.keys.values(), *team.replaced.values()})
    later = shifted(team.now, LONGEST + HOUR)
    no_hex = tuple(name for name in ODD if name != "ab" * 16)
    return {
        "account.roles": (None, "admin", {"admin": True}, [1], [["admin"]], [None], 5, True, "", 0),
        "account.active": _NO_TRUTH,
        "account.provider": _NO_TEXT,
        "account.id": (*_NO_TEXT, *ODD, *others, "ab" * 16),
        "account.subject": no_hex,
        "account.login": ("viewer", None),
        "account.name": ("Viewer", None),
        "person.login": (*_NO_TEXT, *ODD, "Keyless", "keyless ", reviewer.name.lower()),
        "person.name": _NO_TEXT,
        "person.subject": (*no_hex, *(one.id for one in people if one != team.keyless)),
        "key.proof": (*_NO_TEXT, "", "00" * 64, "zz"),
        "key.kind": (*_NO_TEXT, *ODD, "Password", "PASSWORD", "password ", "p\u0430ssword", "passkeys"),
        "key.initial": _NO_TRUTH,
        "key.revoked": (*_NO_TRUTH, True),
        "key.public_key": (*_NO_TEXT, *held),
        "key.subject": (*ODD, *(one.id for one in people if one.id in team.keys and one != admin), team.wrong["erased"].id),
        "token.account_id": (*_NO_TEXT, *ODD, *(person.id for person in people), "ab" * 16),
        "token.issued_at": _NO_TEXT,
        "token.expires_at": _NO_TEXT,
        "token.subject": (team.token,),
        "signed_in.how": (*_NO_TEXT, *ODD, "passkey", "Password (argon2id)", "OpenID Connect (https://idp)"),
        "signed_in.expires_at": (*_NO_TEXT, *ODD, LONG_AGO, later, "9999-12-31T23:59:59.999Z"),
        "signed_in.subject": (*ODD, *(one.id for one in people if one != team.by_role[Role.VIEWER])),
        "signed_out.subject": (*ODD, *(one.id for one in people if one != team.by_role[Role.VIEWER])),
        "review.reviewer_id": (*_NO_TEXT, *ODD, *others),
        "review.decision_id": (*_NO_TEXT, *ODD, team.released, team.ruled),
        "review.subject": (*ODD, team.released),
        "review.role": (*_NO_TEXT, *ODD, "lead", "auditor", "Reviewer", "reviewer "),
        "review.reviewer_name": (*_NO_TEXT, *ODD, reviewer.name + " ", reviewer.name.upper()),
        "review.submitted_at": (*_NO_TEXT, LONG_AGO, later),
        "review.authenticated_at": (*_NO_TEXT[1:], LONG_AGO, later),
        "review.authentication": (*_NO_TEXT, *ODD, "passkey"),
        "review.kind": ("adjudication",),
        "review.supersedes": (*ODD, team.reviewed.id),
        "erasure.subject": (*ODD, "ab" * 16, team.weights, "reviews", "plan"),
        "decision.subject": (team.open, team.released, team.ruled, team.disputed),
    }


def _signatures() -> Iterator[Case]:
    """Yield signatures of which one field is not what was signed."""
    values = (None, "", 0, [], {}, True, "00" * 32, "00" * 64, "I agree.", SYSTEM)
    for kind in sorted(_DUE):
        for field in ("key", "meaning", "value", "shown", "decision"):
            for value in values:
                if field in ("shown", "decision") and value is None and kind != "review":
                    continue  # as it is
                yield Case(f"{kind}: {field} of its signature is {value!r}", True, partial(_another, field=field, value=value))


def _another(s: Scene, field: str, value: Any) -> int:
    seq = s.entry()
    s.append(s.signer, SIGNATURE, s.hash(seq), s.signature(seq, s.key) | {field: value})
    return seq


def _subsets() -> list[tuple[str, ...]]:
    roles = [role.value for role in Role]
    return [*chain.from_iterable(combinations(roles, size) for size in range(len(roles) + 1))]


def _words(roles: tuple[str, ...]) -> str:
    return ", ".join(roles) or "no role"


def _newcomer(s: Scene, roles: tuple[str, ...], provider: str = "https://idp", by: str = SYSTEM) -> int:
    """Let the program make the account of somebody who came from an identity provider."""
    subject, content = s.good(Person(by))
    return s.append(by, "account", subject, content | {"roles": [*roles], "provider": provider})


def _accounts(team: Team) -> Iterator[Case]:
    for roles in _subsets():
        if not {*roles} <= NEWCOMER_ROLES:
            yield Case(f"account: a newcomer, {_words(roles)}", True, partial(_newcomer, roles=roles))
        yield Case(f"account: by the program, {_words(roles)}", True, partial(_newcomer, roles=roles, provider="password"))
        for role in Role:
            if role is not Role.ADMIN and {*roles} != {role.value}:
                changed = partial(_own, by=team.by_role[role], roles=[*roles])
                yield Case(f"account: a {role.value} takes {_words(roles)}", True, changed)
    for name in ODD:
        yield Case(f"account: the program makes {name!r}", True, partial(_odd_newcomer, subject=name))
    viewer = team.by_role[Role.VIEWER].id
    for field, value in (("provider", "https://idp"), ("provider", "token"), ("login", "other")):
        yield Case(f"account: {field} of another becomes {value}", True, partial(_of_another, subject=viewer, **{field: value}))
        yield Case(
            f"account: the program makes {field} {value}",
            True,
            partial(_of_another, subject=viewer, by=SYSTEM, **{field: value}),
        )


def _odd_newcomer(s: Scene, subject: str) -> int:
    _, content = s.good(Person(SYSTEM))
    return s.append(SYSTEM, "account", subject, content | {"id": subject, "roles": ["viewer"], "provider": "https://idp"})


def _account_of(s: Scene, id: str) -> dict[str, Any]:
    return next(one.content for one in reversed(s.base.log) if (one.entry.type, one.entry.subject) == ("account", id))


def _own(s: Scene, by: Person, **changes: Any) -> int:
    """Let somebody change their own account."""
    s.by = s.signed_in(by)
    return s.sign(s.append(by.id, "account", by.id, _account_of(s, by.id) | changes), s.key)


def _of_another(s: Scene, subject: str, by: str | None = None, **changes: Any) -> int:
    content = _account_of(s, subject) | changes
    if by is not None:
        return s.append(by, "account", subject, content)
    return s.sign(s.append(s.by.id, "account", subject, content), s.key)


def _keys(team: Team) -> Iterator[Case]:
    """Yield keys of people who add, replace or revoke what is not theirs to."""
    for role in Role:
        person, other = team.by_role[role], team.other[role]
        for kind in ("password", "passkey"):
            for revoked in (False, True):
                if role is not Role.ADMIN:
                    write = partial(_key, by=person, whose=other, kind=kind, revoked=revoked)
                    yield Case(f"key: a {role.value} gives another the {kind}, revoked {revoked}", True, write)
            write = partial(_key, by=person, whose=person, kind=kind, initial=True)
            yield Case(f"key: a {role.value} has an initial {kind}", True, write)
        write = partial(_key, by=person, whose=person, kind="machine")
        yield Case(f"key: a {role.value} has a machine's", True, write)
        yield Case(f"key: a {role.value} has the program's", True, partial(_key, by=person, whose=person, kind=PROGRAM))
        if role is not Role.ADMIN:
            yield Case(
                f"key: a {role.value} confirms a program's", True, partial(_key, by=person, whose=Person(PROGRAM), kind=PROGRAM)
            )


def _key(s: Scene, by: Person, whose: Person, **changes: Any) -> int:
    s.by = s.signed_in(by)
    content = unsigned.key_content(whose.id, s.mine) | changes
    return s.sign(s.append(by.id, "key", whose.id, content), s.key)


def _erasures(base: Base) -> Iterator[Case]:
    """Yield erasures of what is never erased, of a part, and of nothing."""
    team = base.team
    own = {id: next(one.entry.seq for one in base.log if one.entry.subject == id) for id in (team.open, team.ruled)}
    for kind in sorted({one.entry.type for one in base.log}):
        found = [one.entry.seq for one in base.log if one.entry.type == kind and one.entry.subject not in own]
        if found and kind != "fine_lines":
            for name, targets in (("also", [own[team.open], found[-1]]), ("only", [found[-1]])):
                yield Case(f"erasure: {name} an entry of the kind {kind}", True, _of_targets(team.open, targets))
    parts = [one.entry.seq for one in base.log if one.entry.subject == team.ruled and one.entry.type == "review"]
    for seq in parts:
        yield Case(f"erasure: review {seq} without its decision", True, _of_targets(team.ruled, [seq]))
    for value in (*_NO_TEXT, "1", -1, 10**9):
        yield Case(f"erasure: a target is {value!r}", True, _of_targets(team.open, [own[team.open], value]))


def _of_targets(subject: str, seqs: list[Any]) -> Callable[[Scene], int]:
    return lambda s: _changed(s, subject=subject, targets=[{"seq": seq, "p": "00" * 32} for seq in seqs])


def _reviews(team: Team) -> Iterator[Case]:
    """Yield reviews that are not independent of others, or rulings of those who may not rule."""
    first, second = team.by_role[Role.REVIEWER], team.other[Role.REVIEWER]
    lead, other = (replace(one, role="lead") for one in (team.by_role[Role.LEAD], team.other[Role.LEAD]))
    done = {
        "a second one": (first, team.reviewed.decision_id, {}),
        "in place of another's": (second, team.reviewed.decision_id, {"supersedes": team.reviewed.id}),
        "after a ruling": (other, team.ruled, {}),
        "a ruling by a reviewer": (first, team.disputed, {"kind": "adjudication"}),
        "a ruling as a lead by a reviewer": (first, team.disputed, {"kind": "adjudication", "role": "lead"}),
        "a second ruling": (lead, team.ruled, {"kind": "adjudication"}),
    }
    for name, (by, id, changes) in done.items():
        yield Case(f"review: {name}", True, partial(_review_of, by=by, id=id, changes=changes))
    for role in Role:
        if role not in (Role.REVIEWER, Role.LEAD):
            for said in ("reviewer", "lead"):
                by = replace(team.by_role[role], role=said)
                yield Case(f"review: a {role.value}'s as a {said}", True, partial(_review_of, by=by, id=team.open, changes={}))


def _review_of(s: Scene, by: Person, id: str, changes: Mapping[str, Any]) -> int:
    s.by = s.signed_in(by)
    return s.sign(s.entry(subject=id, decision_id=id, **changes), s.key)
