"""People who come to a record whose people sign: an administrator makes their account, and they choose their own password."""

from __future__ import annotations

from audit import Access, Role

GIVEN = "one that somebody chose"


def newcomer(admin: Access, login: str, name: str, roles: tuple[Role, ...], password: str) -> Access:
    """Return the access of a new person who can sign; the administrator's password is the same."""
    admin.signing(password).admin.create_account(login, name, roles, GIVEN)
    accounts = admin.store.accounts
    return admin.store.access(accounts.change_password(accounts.sign_in(login, GIVEN).token, GIVEN, password).token)
