"""Triggers by which the database itself refuses an administrator who holds, or comes to hold, another active post."""

from typing import Any

_CLASH = """
    NEW.revoked_at IS NULL AND EXISTS (
        SELECT 1 FROM org_post AS held
        WHERE held.person_id = NEW.person_id AND held.id <> COALESCE(NEW.id, -1) AND held.revoked_at IS NULL
          AND held.role <> NEW.role
          AND (held.role IN ('system', 'security', 'audit') OR NEW.role IN ('system', 'security', 'audit'))
    )
"""
_SQLITE = [
    f"CREATE TRIGGER org_post_separation_{event.lower()} BEFORE {event} ON org_post WHEN {_CLASH} "
    "BEGIN SELECT RAISE(ABORT, 'an administrator holds no other post'); END"
    for event in ("INSERT", "UPDATE")
]
_POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION org_post_separation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {_CLASH} THEN
            RAISE EXCEPTION 'an administrator holds no other post'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER org_post_separation BEFORE INSERT OR UPDATE ON org_post "
    "FOR EACH ROW EXECUTE FUNCTION org_post_separation()",
]


def up(apps: Any, editor: Any) -> None:
    """Put the triggers up."""
    for statement in _SQLITE if editor.connection.vendor == "sqlite" else _POSTGRESQL:
        editor.execute(statement)


def down(apps: Any, editor: Any) -> None:
    """Take them down."""
    if editor.connection.vendor == "sqlite":
        editor.execute("DROP TRIGGER IF EXISTS org_post_separation_insert")
        editor.execute("DROP TRIGGER IF EXISTS org_post_separation_update")
    else:
        editor.execute("DROP TRIGGER IF EXISTS org_post_separation ON org_post")
