"""A write is read back: a database that drops or changes what it was given reports no success."""

from __future__ import annotations

import pytest

from audit import AuditError, AuditStore, Role, Verdict
from tests.support.audit.forging import owner
from tests.support.audit.team import give, join, record

NOTHING = "CREATE FUNCTION extra() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"


@pytest.mark.parametrize("table", ["log", "payloads"])
def test_a_flag_that_a_trigger_swallows_is_not_given(store: AuditStore, url: str, table: str) -> None:
    aiko = join(store, "aiko", Role.REVIEWER)
    id = record(store)
    size = store.head().size
    with owner(url, guarded=True) as connection:
        if "sqlite" in url:
            swallow = "BEGIN SELECT RAISE(IGNORE); END"
            connection.execute(f"CREATE TRIGGER extra BEFORE INSERT ON {table} {swallow}")
        else:
            connection.execute(NOTHING)
            connection.execute(f"CREATE TRIGGER extra BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION extra()")
    with pytest.raises(AuditError, match=r"did not keep entry|is not present in table|FOREIGN KEY"):
        give(aiko, id, Verdict.FLAG)
    assert (store.head().size, store.reviews(id)) == (size, [])
    assert "foreign trigger" in str(store.verify().problem_text)
