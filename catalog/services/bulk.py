"""Many rows of one table at once: COPY into it, and their history beside it (PERFORMANCE W9). Model instances would cost half the time."""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import NOT_PROVIDED, JSONField, Model


def reserve_ids(model: type[Model], n: int) -> list[int]:
    """Draw primary keys that nobody else gets."""
    meta = model._meta
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [meta.db_table, meta.pk.column])
        (sequence,) = cursor.fetchone()
    return reserve_numbers(sequence, n)


def reserve_numbers(sequence: str, n: int) -> list[int]:
    """Draw from a sequence, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, n])
        return [number for (number,) in cursor.fetchall()]


def defaults_of(model: type[Model]) -> dict[str, Any]:
    """What a fresh row of a model holds, by attribute; its key is not among them."""
    found = {}
    for field in model._meta.concrete_fields:
        if not field.primary_key:
            found[field.attname] = field.get_default() if field.default is not NOT_PROVIDED or not field.null else None
    return found


_encode = DjangoJSONEncoder(ensure_ascii=False).encode


_EMPTY: dict[type, str] = {dict: "{}", list: "[]"}


def _json(value: Any) -> str:
    return _encode(value) if value or type(value) not in _EMPTY else _EMPTY[type(value)]


def copy_in(model: type[Model], rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write rows: values by attribute for `columns`, the model's defaults for all others; a key that is not named is drawn.

    Rows that are made while they are asked for are made while the database writes those before them; making them may not ask it anything.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields}
    packed = {name for name, field in fields.items() if isinstance(field, JSONField)}
    fixed = {name: value for name, value in defaults_of(model).items() if name not in columns}
    constant = [_json(value) if name in packed else value for name, value in fixed.items()]
    loose, plain = [name for name in columns if name in packed], [name for name in columns if name not in packed]
    named = ", ".join(f'"{fields[name].column}"' for name in (*plain, *loose, *fixed))
    values = itemgetter(*plain) if len(plain) > 1 else lambda row: (row[plain[0]],)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({named}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row([*values(row), *[_json(row[name]) for name in loose], *constant])


def copy_history(model: type[Model], pks: Sequence[int], *, user_id: int | None, at) -> None:
    """Write the first history row of rows that were copied in, from the rows themselves."""
    history = model.history.model  # type: ignore[attr-defined]
    kept = {field.column for field in history._meta.concrete_fields}
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields if field.column in kept)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{history._meta.db_table}" ({columns}, history_date, history_type, history_user_id, history_change_reason)'  # noqa: S608
            f" SELECT {columns}, %s, '+', %s, NULL FROM \"{model._meta.db_table}\" WHERE id = ANY(%s)",
            [at, user_id, list(pks)],
        )


def taken_skus(seller_id: int, wanted: Iterable[str]) -> list[str]:
    """Which of these article numbers the seller has given already.

    Each is looked up by itself: of a seller who has just listed a hundred thousand goods the statistics know nothing, and a plan that
    reads all of them for every batch would follow.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.sku FROM unnest(%s::text[]) w(sku) CROSS JOIN LATERAL"
            " (SELECT FROM catalog_listing WHERE seller_id = %s AND sku = w.sku AND sku <> '' LIMIT 1) l",
            [sorted(wanted), seller_id],
        )
        return [sku for (sku,) in cursor.fetchall()]
