"""The database's catalogue, compared with what the schema makes: a foreign trigger, view, rule or index could hide or swallow.

    refuse_foreign(connection)     # at opening and for every answer of the gate; raises Tampered with the names
    catalogue_problem(connection)  # in verification

`catalogue.json` holds what the migrations make, an item for each thing: its kind, its name and its definition. Tables of
statistics (ANALYZE), a restored dump, another schema of the same names and members of extensions are no difference.

What an index holds is another thing than its definition (`audit.storage.indexes`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from audit.errors import Tampered

Item = tuple[str, str, str]
_NAMED = 5  # differences that are named
# By kind and name, what is there without being made by a migration: SQLite's statistics, and the table that records from before
# Alembic still have, which nobody reads.
_ALLOWED = frozenset(
    {
        *(("table", f"sqlite_stat{n}") for n in (1, 3, 4)),
        *(
            ("table", "schema_migrations"),
            ("index", "sqlite_autoindex_schema_migrations_1"),
            ("index", "schema_migrations_pkey"),
        ),
        *(("column", f"schema_migrations.{name}") for name in ("name", "applied_at")),
        ("constraint", "schema_migrations.schema_migrations_pkey"),
    }
)

_SQLITE = "SELECT type, name, coalesce(sql, '') FROM main.sqlite_master"
# Every part yields kind, name and definition of what lies in the schema of this connection. A foreign object of an extension
# counts only when it has a name of ours.
_POSTGRESQL = """
WITH here AS (SELECT current_schema()::regnamespace::oid AS id),
own AS (SELECT c.* FROM pg_catalog.pg_class c, here WHERE c.relnamespace = here.id),
lent AS (SELECT objid FROM pg_catalog.pg_depend WHERE deptype = 'e')
SELECT 'table', relname::text, concat_ws(' ', relkind, relpersistence, relrowsecurity, relforcerowsecurity, relispartition)
  FROM own WHERE relkind NOT IN ('i', 't', 'c') AND oid NOT IN (SELECT objid FROM lent)
UNION ALL SELECT 'column', c.relname || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull,
    nullif(a.attidentity, ''), nullif(a.attgenerated, ''), l.collname, pg_get_expr(d.adbin, d.adrelid))
  FROM own c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
  WHERE c.relkind = 'r' AND c.oid NOT IN (SELECT objid FROM lent)
UNION ALL SELECT 'constraint', c.relname || '.' || n.conname, concat_ws(' ', pg_get_constraintdef(n.oid), n.convalidated)
  FROM own c JOIN pg_catalog.pg_constraint n ON n.conrelid = c.oid AND n.contype <> 'n'
UNION ALL SELECT 'index', i.relname::text, concat_ws(' ', regexp_replace(pg_get_indexdef(x.indexrelid), ' ON .*USING ',
    ' ON ' || c.relname || ' USING '), x.indisvalid, x.indisready, x.indislive)
  FROM own c JOIN pg_catalog.pg_index x ON x.indrelid = c.oid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
  WHERE c.relkind = 'r' AND c.oid NOT IN (SELECT objid FROM lent)
UNION ALL SELECT 'trigger', c.relname || '.' || t.tgname, concat_ws(' ', t.tgtype, t.tgenabled, t.tgqual, t.tgargs, p.proname)
  FROM own c JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
  WHERE NOT t.tgisinternal OR t.tgenabled <> 'O'
UNION ALL SELECT 'function', p.proname::text, concat_ws(' ', l.lanname, p.prosecdef, p.proconfig, trim(p.prosrc))
  FROM here JOIN pg_catalog.pg_proc p ON p.pronamespace = here.id JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  WHERE p.oid NOT IN (SELECT objid FROM lent)
UNION ALL SELECT 'rule', c.relname || '.' || r.rulename, pg_get_ruledef(r.oid)
  FROM own c JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid WHERE c.oid NOT IN (SELECT objid FROM lent)
UNION ALL SELECT 'policy', c.relname || '.' || y.polname, '' FROM own c JOIN pg_catalog.pg_policy y ON y.polrelid = c.oid
UNION ALL SELECT 'child', c.relname::text, h.inhrelid::regclass::text
  FROM own c JOIN pg_catalog.pg_inherits h ON h.inhparent = c.oid
UNION ALL SELECT 'type', t.typname::text, t.typtype::text FROM here JOIN pg_catalog.pg_type t ON t.typnamespace = here.id
  WHERE t.typtype NOT IN ('c', 'b') AND t.oid NOT IN (SELECT objid FROM lent)
UNION ALL SELECT 'operator', o.oprname::text, o.oprleft::regtype || ' ' || o.oprright::regtype
  FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace e ON e.oid = o.oprnamespace
  WHERE o.oid >= 16384 AND e.nspname = ANY (current_schemas(true)) AND o.oid NOT IN (SELECT objid FROM lent)
UNION ALL SELECT 'cast', s.castsource::regtype || ' as ' || s.casttarget::regtype, '' FROM pg_catalog.pg_cast s
  WHERE s.oid >= 16384 AND s.castsource < 16384 AND s.casttarget < 16384 AND s.oid NOT IN (SELECT objid FROM lent)
UNION ALL SELECT 'event trigger', e.evtname::text, e.evtevent::text FROM pg_catalog.pg_event_trigger e
  WHERE e.evtenabled <> 'D' AND e.oid NOT IN (SELECT objid FROM lent)
UNION ALL SELECT 'setting', name, setting FROM pg_catalog.pg_settings
  WHERE name IN ('session_replication_role', 'transform_null_equals', 'row_security', 'standard_conforming_strings')
UNION ALL SELECT 'setting', 'search_path', (pg_catalog.current_schemas(true))[1]::text
"""


def refuse_foreign(connection: Connection) -> None:
    """Raise `Tampered` with names unless the catalogue is what the schema makes."""
    problem = catalogue_problem(connection)
    if problem is not None:
        raise Tampered(problem)


def catalogue_problem(connection: Connection) -> str | None:
    """Return in a sentence what of the catalogue is not what the schema makes, or None."""
    problems = list(_problems(connection))
    if not problems:
        return None
    more = f" and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
    return (
        f"The database is not built as this program builds it: {', '.join(problems[:_NAMED])}{more}. Somebody who may change "
        "its schema did this: undo it, or restore a backup."
    )


def items(connection: Connection) -> set[Item]:
    """Return what the catalogue holds: kind, name and definition, without quotes and runs of spaces."""
    rows = connection.exec_driver_sql(_SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL).fetchall()
    found = {(str(kind), str(name), " ".join(str(text).replace('"', "").split())) for kind, name, text in rows}
    return {item for item in found if item[:2] not in _ALLOWED}


@cache
def _expected(dialect: str) -> frozenset[Item]:
    stored = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return frozenset((kind, name, text) for kind, name, text in stored[dialect])


def _problems(connection: Connection) -> Iterator[str]:
    found, expected = items(connection), _expected(connection.dialect.name)
    named = {item[:2] for item in expected}
    for kind, name, _ in sorted(found - expected):
        yield f"the {kind} {name} was changed" if (kind, name) in named else f"there is a foreign {kind} {name}"
    for kind, name in sorted(named - {item[:2] for item in found}):
        yield f"the {kind} {name} is missing"
