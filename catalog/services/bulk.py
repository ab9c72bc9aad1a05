"""Many rows of one table at once: COPY into it from unsaved model instances, and their history beside it (PERFORMANCE W9)."""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import JSONField, Model
from psycopg.types.json import Jsonb


def reserve_ids(model: type[Model], n: int) -> list[int]:
    """Draw primary keys that nobody else gets."""
    meta = model._meta
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [meta.db_table, meta.pk.column, n])
        return [pk for (pk,) in cursor.fetchall()]


def reserve_numbers(sequence: str, n: int) -> list[int]:
    """Draw from a sequence that makes numbers for people."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, n])
        return [number for (number,) in cursor.fetchall()]


def copy_in(rows: Sequence[Model], *, without: Iterable[str] = ()) -> None:
    """Write unsaved rows of one model as they are; columns named in `without` take the database's default (an id)."""
    if not rows:
        return
    meta, left = rows[0]._meta, set(without)
    fields = [field for field in meta.concrete_fields if field.attname not in left]
    names = [field.attname for field in fields]
    packed = [place for place, field in enumerate(fields) if isinstance(field, JSONField)]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{meta.db_table}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            values = [getattr(row, name) for name in names]
            for place in packed:
                values[place] = Jsonb(values[place])
            copy.write_row(values)


def copy_history(model: type[Model], pks: Sequence[int], *, user_id: int | None, at) -> None:
    """Write the first history row of rows that were copied in, from the rows themselves."""
    history = model.history.model  # type: ignore[attr-defined]
    kept = {field.column for field in history._meta.concrete_fields}
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields if field.column in kept)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{history._meta.db_table}" ({columns}, history_date, history_type, history_user_id, history_change_reason)'  # noqa: S608
            f' SELECT {columns}, %s, \'+\', %s, NULL FROM "{model._meta.db_table}" WHERE id = ANY(%s)',
            [at, user_id, list(pks)],
        )
