"""Sealing everything again with the newest data key, in small batches; what is done stays done, so it may be stopped at any time (P30)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pgtrigger
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import connection, transaction
from django.db.models import F, Model, TextField, Value
from django.db.models.functions import Cast

from ..append_only import append_only_tables
from ..chains import PLATFORM
from ..facts import KeysRotated
from ..models import Document
from ..vault import SealedTextField, reseal
from .documents import reseal_file
from .facts import hold_chains, record

BATCH = 200
SECRETS = ("secret", "seed")  # what allauth keeps sealed of an authenticator


@dataclass
class Rotated:
    """How one kind of sealed things fared."""

    kind: str
    seen: int = 0
    resealed: int = 0
    unreadable: int = 0
    refused: bool = False  # this database role may not change the table


def rotate_keys(*, actor, say: Callable[[Rotated], None] = lambda found: None) -> list[Rotated]:
    """Seal all fields, second factors and files with the newest key; values that the newest key sealed are left alone.

    Run by the owner of the database: some tables are append-only, and only their seal changes here, never what they say.
    """
    results = []
    for found in [*_fields(), _second_factors(), _files()]:
        results.append(found)
        say(found)
    resealed = {found.kind: found.resealed for found in results if found.resealed}
    if resealed:
        with transaction.atomic():
            (head,) = hold_chains([PLATFORM])
            value = KeysRotated(resealed=resealed, unreadable=sum(found.unreadable for found in results))
            record(value, actor=actor, subject=head, chains=[PLATFORM])
    return results


def _fields() -> Iterator[Rotated]:
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, SealedTextField):
                yield _field(model, field.name)


def _may_write(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'UPDATE')", [table])
        return cursor.fetchone()[0]


def _field(model: type[Model], name: str) -> Rotated:
    found = Rotated(f"{model._meta.label_lower}.{name}")
    if not _may_write(model._meta.db_table):
        found.refused = True
        return found
    rows = model._base_manager.annotate(raw=Cast(F(name), TextField())).exclude(raw=None).exclude(raw="").order_by("pk")
    guarded = model._meta.db_table in append_only_tables() and not hasattr(model, "history_id")
    after = None
    while True:
        later = rows.filter(pk__gt=after) if after is not None else rows
        batch = list(later.values_list("pk", "raw")[:BATCH])
        with transaction.atomic():
            if guarded:
                with pgtrigger.ignore(f"{model._meta.label}:append_only"):
                    _batch(rows, name, batch, found)
            else:
                _batch(rows, name, batch, found)
        if len(batch) < BATCH:
            return found
        after = batch[-1][0]


def _batch(rows, name: str, batch: list[tuple], found: Rotated) -> None:
    for pk, raw in batch:
        found.seen += 1
        try:
            fresh = reseal(raw.encode("ascii"))
        except (InvalidToken, UnicodeEncodeError):
            found.unreadable += 1
            continue
        if fresh is not None:
            # Only over the seal that was read: who wrote in between sealed with the newest key anyway.
            new = Value(fresh.decode("ascii"), output_field=TextField())
            found.resealed += rows.filter(pk=pk, raw=raw).order_by().update(**{name: new})


def _second_factors() -> Rotated:
    found = Rotated("second factors")
    for pk in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update(no_key=True).filter(pk=pk).first()
            for name in SECRETS if row else ():
                if name not in row.data:
                    continue
                found.seen += 1
                try:
                    fresh = reseal(row.data[name].encode("ascii"))
                except (InvalidToken, UnicodeEncodeError):
                    found.unreadable += 1
                    continue
                if fresh is not None:
                    row.data[name] = fresh.decode("ascii")
                    Authenticator.objects.filter(pk=pk).update(data=row.data)
                    found.resealed += 1
    return found


def _files() -> Rotated:
    found, after = Rotated("files"), 0
    while True:
        with transaction.atomic():
            batch = list(Document.objects.filter(pk__gt=after, erased_at=None).order_by("pk").select_for_update(no_key=True)[:50])
            for document in batch:
                found.seen += 1
                try:
                    found.resealed += reseal_file(document)
                except (InvalidToken, FileNotFoundError):
                    found.unreadable += 1
        if len(batch) < 50:
            return found
        after = batch[-1].pk
