"""Append-only tables: a trigger stops everybody's UPDATE and DELETE, and the application role is not even granted them (P2, P19)."""

import pgtrigger
from django.apps import apps


def protect() -> list:
    """Make the trigger that refuses UPDATE and DELETE on a table."""
    return [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


def append_only_tables() -> list[str]:
    """List every table that carries the trigger, plus the history tables (a viewer, but not to be rewritten either)."""
    guarded = [m for m in apps.get_models() if any(t.name == "append_only" for t in getattr(m._meta, "triggers", []))]
    history = [m for m in apps.get_models() if hasattr(m, "history_id")]
    return sorted({m._meta.db_table for m in [*guarded, *history]})
