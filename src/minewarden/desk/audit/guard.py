"""Triggers by which the database itself refuses to change or remove a record of the log."""

from django.db.backends.base.base import BaseDatabaseWrapper

_SQLITE_ON = (
    "CREATE TRIGGER IF NOT EXISTS audit_record_no_update BEFORE UPDATE ON audit_record "
    "BEGIN SELECT RAISE(ABORT, 'records of the audit log are not changed'); END",
    "CREATE TRIGGER IF NOT EXISTS audit_record_no_delete BEFORE DELETE ON audit_record "
    "BEGIN SELECT RAISE(ABORT, 'records of the audit log are not removed'); END",
)
_SQLITE_OFF = (
    "DROP TRIGGER IF EXISTS audit_record_no_update",
    "DROP TRIGGER IF EXISTS audit_record_no_delete",
)
_POSTGRESQL_ON = (
    "CREATE OR REPLACE FUNCTION audit_record_frozen() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'records of the audit log are not changed or removed' "
    "USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "DROP TRIGGER IF EXISTS audit_record_no_change ON audit_record",
    "DROP TRIGGER IF EXISTS audit_record_no_truncate ON audit_record",
    "CREATE TRIGGER audit_record_no_change BEFORE UPDATE OR DELETE ON audit_record "
    "FOR EACH ROW EXECUTE FUNCTION audit_record_frozen()",
    "CREATE TRIGGER audit_record_no_truncate BEFORE TRUNCATE ON audit_record "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_record_frozen()",
)
_POSTGRESQL_OFF = (
    "DROP TRIGGER IF EXISTS audit_record_no_change ON audit_record",
    "DROP TRIGGER IF EXISTS audit_record_no_truncate ON audit_record",
)
_STATEMENTS = {"sqlite": (_SQLITE_ON, _SQLITE_OFF), "postgresql": (_POSTGRESQL_ON, _POSTGRESQL_OFF)}


def statements(vendor: str, *, on: bool) -> tuple[str, ...]:
    """The SQL that puts the guard up or takes it down. Raises KeyError for a database the desk does not run on."""
    up, down = _STATEMENTS[vendor]
    return up if on else down


def switch(connection: BaseDatabaseWrapper, *, on: bool) -> None:
    """Put the guard up, or take it down (for migrations only)."""
    with connection.cursor() as cursor:
        for statement in statements(connection.vendor, on=on):
            cursor.execute(statement)
