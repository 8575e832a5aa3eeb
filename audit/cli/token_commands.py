"""The command `python -m audit token`: tokens of other programs, issued once, listed, and revoked."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict

from audit.cli.acting_commands import access_of
from audit.cli.read_commands import OK, printable
from audit.errors import InvalidRecord
from audit.records.vocabulary import Role

__all__ = ["token"]


def token(arguments: Namespace) -> int:
    """Issue, list or revoke."""
    with access_of(arguments) as access:
        if arguments.what == "issue":
            made = access.tokens.issue(arguments.login_name, _roles(arguments.role), days=arguments.days)
            if arguments.json:
                print(json.dumps({"token": made.token, **asdict(made.known)}))
            else:
                print(made.token)
                print(f"shown this once; {made.known.sha256[:12]} until {made.known.expires_at}")
        elif arguments.what == "revoke":
            revoked = access.tokens.revoke(arguments.hash)
            print(json.dumps(asdict(revoked)) if arguments.json else f"revoked {revoked.sha256[:12]}")
        else:
            names = {account.id: account.login for account in access.admin.accounts()}
            rows = [asdict(one) | {"login": names.get(one.account_id)} for one in access.tokens.all()]
            lines = [
                f"{row['sha256'][:12]}  {row['login'] or row['account_id']}  until {row['expires_at']}"
                f"{'  (revoked)' if row['revoked'] else ''}"
                for row in rows
            ]
            print(json.dumps(rows) if arguments.json else "\n".join(map(printable, lines or ["no tokens were issued"])))
    return OK


def _roles(names: list[str] | None) -> tuple[Role, ...]:
    if not names:
        raise InvalidRecord("say with --role what the program may do: service submits and asks, viewer only asks")
    return tuple(dict.fromkeys(Role(name) for name in names))
