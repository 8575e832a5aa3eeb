"""What the indexes hold, compared with their tables, both ways: an index can hold other than its definition says.

One that was made with a condition or over an expression, and whose text was put right in the catalogue afterwards, leaves
entries out or files them under another key. Nothing that grants is read through an index (`audit.storage.fold`); lists are.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Index

from audit.storage.schema import METADATA

# Values come from the index itself where a query needs no others and takes them in its order.
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
_BY_TABLE = "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off"


def indexes_problem(connection: Connection) -> str | None:
    """Return in a sentence which index does not hold what its table does, or None."""
    found = _sqlite(connection) if connection.dialect.name == "sqlite" else _postgresql(connection)
    return next((f"An index does not hold what its table does: {told}. Somebody made it anew by hand." for told in found), None)


def _sqlite(connection: Connection) -> Iterator[str]:
    for table in METADATA.tables.values():
        if table.indexes or any(column.unique for column in table.columns):
            rows = connection.exec_driver_sql(f"PRAGMA integrity_check('{table.name}')").fetchall()
            yield from (str(told) for (told,) in rows if " index " in str(told))  # of cells, others say more


def _postgresql(connection: Connection) -> Iterator[str]:
    for table in METADATA.tables.values():
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            sums = []
            for settings in (_BY_INDEX, _BY_TABLE):
                with connection.begin_nested() as savepoint:
                    connection.exec_driver_sql(settings)
                    sums.append(connection.exec_driver_sql(_summed(table.name, index)).one())
                    savepoint.rollback()  # the settings go with it
            if sums[0] != sums[1]:
                yield f"{index.name} of {table.name}"


def _summed(table: str, index: Index) -> str:
    """Return a query for the number and the sum of what the rows of an index hold, in its order."""
    columns = ", ".join(f'"{column.name}"' for column in index.columns)
    condition = index.dialect_options["postgresql"].get("where")
    where = "" if condition is None else f" WHERE {condition.compile(compile_kwargs={'literal_binds': True})}"
    rows = f'SELECT {columns} FROM "{table}"{where} ORDER BY {columns}'  # noqa: S608 - names of our own
    return f"SELECT count(*), sum(hashtextextended(concat_ws(chr(1), {columns}), 0)) FROM ({rows}) AS held"  # noqa: S608
