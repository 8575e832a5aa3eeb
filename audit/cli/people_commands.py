"""Commands of `python -m audit` about people, their keys, and other programs: accounts, keys and tokens."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from audit.access import Access
from audit.cli.acting_commands import access_of, asked_password, require_accounts, require_record
from audit.cli.read_commands import OK, opened, printable, tell
from audit.errors import InvalidRecord, NotFound
from audit.log.roles import PROGRAM
from audit.people.keys import fingerprint
from audit.people.sessions import Account
from audit.records.vocabulary import Role
from audit.storage.database import sqlite_path


def user(arguments: Namespace) -> int:
    """List, add and change accounts; the first account is an administrator and needs no permission."""
    if arguments.user_command == "add":
        return _add_user(arguments)
    with access_of(arguments, must_exist=True, signed=arguments.user_command != "list") as access:
        if arguments.user_command == "list":
            for account in access.admin.accounts():
                state = "" if account.active else " (not active)"
                print(printable(f"{account.login}  {account.name}  {', '.join(account.roles)}{state}"))
            return OK
        seen = _account(access, arguments.name)
        if arguments.user_command == "roles":
            access.admin.change_account(seen, roles=_roles(arguments.role))
        elif arguments.user_command == "password":
            password = asked_password(arguments, f"New password of {arguments.name}: ")
            access.admin.change_account(seen, password=password)
        else:
            access.admin.change_account(seen, active=arguments.user_command == "activate")
    return OK


def _add_user(arguments: Namespace) -> int:
    if arguments.login is None and _has_no_accounts(arguments):
        return _add_administrator(arguments)
    with access_of(arguments, signed=True) as access:
        password = asked_password(arguments, f"New password of {arguments.name}: ")
        name = arguments.printed_name or arguments.name
        account = access.admin.create_account(arguments.name, name, _roles(arguments.role or ["viewer"]), password)
    print(printable(f"added {account.login} ({', '.join(account.roles)})"))
    return OK


def _has_no_accounts(arguments: Namespace) -> bool:
    path = sqlite_path(arguments.db)
    if path is not None and not path.exists():
        return True
    with opened(arguments, read_only=False) as store:
        return not store.accounts.exist()


def _add_administrator(arguments: Namespace) -> int:
    """Add the first account. Raises `InvalidRecord`, before a record is made, where it is not to be an administrator's."""
    roles = _roles(arguments.role or [])
    if Role.ADMIN not in roles:
        raise InvalidRecord("this record has no accounts, and the first is an administrator: give --role admin, or check --db")
    password = asked_password(arguments, f"New password of {arguments.name}: ")
    with opened(arguments, read_only=False) as store:
        account = store.accounts.set_up(arguments.name, arguments.printed_name or arguments.name, password, roles=roles)
        print(printable(f"{account.login} is the first administrator"))
        print(f"fingerprint of the root key: {fingerprint(store.root_key() or '')}\nwrite it down outside the database")
    return OK


def _roles(names: list[str]) -> tuple[Role, ...]:
    return tuple(dict.fromkeys(Role(name) for name in names))


def token(arguments: Namespace) -> int:
    """Issue, list or revoke the tokens of other programs; a token is shown only when it is issued."""
    with access_of(arguments, must_exist=True, signed=arguments.what != "list") as access:
        if arguments.what == "issue":
            issued = access.tokens.issue(arguments.login_name, _program_roles(arguments.role), days=arguments.days)
            shown = f"shown this once; {issued.known.sha256[:12]} until {issued.known.expires_at}"
            tell(arguments, {"token": issued.token, **asdict(issued.known)}, issued.token, shown)
        elif arguments.what == "revoke":
            revoked = access.tokens.revoke(arguments.hash)
            tell(arguments, asdict(revoked), f"revoked {revoked.sha256[:12]}")
        else:
            names = {account.id: account.login for account in access.admin.accounts()}
            rows = [asdict(known) | {"login": names.get(known.account_id)} for known in access.tokens.all()]
            lines = [
                f"{row['sha256'][:12]}  {row['login'] or row['account_id']}  until {row['expires_at']}"
                f"{'  (revoked)' if row['revoked'] else ''}"
                for row in rows
            ]
            tell(arguments, rows, *(lines or ["no tokens were issued"]))
    return OK


def _program_roles(names: list[str] | None) -> tuple[Role, ...]:
    if not names:
        raise InvalidRecord("say with --role what the program may do: service submits and asks, viewer only asks")
    return _roles(names)


def key(arguments: Namespace) -> int:
    """List keys, begin to sign, confirm a key that waits, or revoke those of an account or of the program."""
    if arguments.key_command == "begin":
        return _begin(arguments)
    with access_of(arguments, must_exist=True, signed=arguments.key_command != "list") as access:
        if arguments.key_command == "list":
            rows = [
                {"login": account.login, "fingerprint": key.fingerprint, "kind": key.kind, "since": key.made_at, "state": state}
                for account, key, state in access.keys.all()
            ]
            lines = [f"{row['fingerprint']}  {row['login']}  {row['kind']}, {row['state']}" for row in rows]
            tell(arguments, rows, *(lines or ["there are no keys"]))
            return OK
        if arguments.key_command == "confirm":
            start = arguments.what.replace(" ", "")
            matches = [key for _, key in access.keys.waiting() if key.fingerprint.replace(" ", "").startswith(start)]
            if len(matches) != 1 or not start:
                raise NotFound(f"{len(matches)} waiting keys have a fingerprint that begins with {arguments.what!r:.80}")
            access.keys.confirm(matches[0].public_key)
            print(f"confirmed {matches[0].fingerprint}")
            return OK
        program = arguments.what == PROGRAM
        revoked = access.keys.revoke(PROGRAM if program else _account(access, arguments.what).id)
    then = "nothing is decided until another one is confirmed" if program else "a new password brings a new key"
    print(printable(f"revoked {revoked} of the keys of {arguments.what}: {then}"))
    return OK


def _begin(arguments: Namespace) -> int:
    if arguments.login is None:
        raise InvalidRecord("say with --as LOGIN which administrator's key becomes the root key")
    require_record(arguments)
    with opened(arguments, read_only=False) as store:
        require_accounts(store, arguments.login)
        password = asked_password(arguments, f"Password of {arguments.login}: ")
        access = store.access(store.accounts.sign_in(arguments.login, password).token)
        try:
            root = access.keys.begin(password)
        finally:
            access.sign_out()
    print(f"from now on nothing unsigned counts\nfingerprint of the root key: {root}\nwrite it down outside the database")
    return OK


def _account(access: Access, login: str) -> Account:
    found = next((account for account in access.admin.accounts() if account.login == login), None)
    if found is None:
        raise InvalidRecord(f"nobody has the login name {login}")
    return found
