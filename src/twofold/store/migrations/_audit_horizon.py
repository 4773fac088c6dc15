"""Triggers that let the audit log grow old: what lies before a horizon may be deleted, and nothing else.

A horizon is a row of `audit_horizon`. It never lies later than 90 days before the newest event of its account, so no
mistake of the program's, nor a setting, deletes what happened lately; the clock plays no part in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_LEAST = 90 * 24 * 3600 * 1_000_000
_NEWEST = "(SELECT MAX(at) FROM audit_event WHERE account = NEW.account)"
_HORIZON = "(SELECT MAX(before) FROM audit_horizon WHERE account = OLD.account)"
_TOO_NEW = f"NEW.before > COALESCE({_NEWEST}, 0) - {_LEAST}"

SQLITE = (
    "DROP TRIGGER audit_event_no_delete",
    f"""CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
WHEN OLD.at >= COALESCE({_HORIZON}, OLD.at)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    f"""CREATE TRIGGER audit_horizon_not_too_new BEFORE INSERT ON audit_horizon WHEN {_TOO_NEW}
BEGIN SELECT RAISE(ABORT, 'the audit log is kept for 90 days at least'); END""",
    """CREATE TRIGGER audit_horizon_stays BEFORE UPDATE ON audit_horizon
WHEN NEW.before <> OLD.before OR NEW.account <> OLD.account
BEGIN SELECT RAISE(ABORT, 'a horizon of the audit log does not move'); END""",
    """CREATE TRIGGER audit_horizon_no_delete BEFORE DELETE ON audit_horizon
BEGIN SELECT RAISE(ABORT, 'a horizon of the audit log does not move'); END""",
)
POSTGRESQL = (
    "DROP TRIGGER audit_event_append_only ON audit_event",
    """CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR TRUNCATE ON audit_event
FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse()""",
    f"""CREATE FUNCTION audit_event_refuse_new() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
IF OLD.at >= COALESCE({_HORIZON}, OLD.at) THEN RAISE EXCEPTION 'the audit log is append-only'; END IF;
RETURN OLD;
END $$""",
    """CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
FOR EACH ROW EXECUTE FUNCTION audit_event_refuse_new()""",
    f"""CREATE FUNCTION audit_horizon_check() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
IF TG_OP = 'INSERT' THEN
IF {_TOO_NEW} THEN RAISE EXCEPTION 'the audit log is kept for 90 days at least'; END IF;
RETURN NEW;
END IF;
IF TG_OP = 'UPDATE' AND NEW.before = OLD.before AND NEW.account = OLD.account THEN RETURN NEW; END IF;
RAISE EXCEPTION 'a horizon of the audit log does not move';
END $$""",
    """CREATE TRIGGER audit_horizon_stays BEFORE INSERT OR UPDATE OR DELETE ON audit_horizon
FOR EACH ROW EXECUTE FUNCTION audit_horizon_check()""",
)


def let_grow_old(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put these triggers in the place of the one that refused every deletion."""
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        # Where there are no parameters, percent signs are none.
        schema_editor.execute(statement, params=None)
