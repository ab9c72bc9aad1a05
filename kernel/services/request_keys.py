"""Idempotent submit: the unique row goes in first, in the same transaction as the act (P6, F3)."""

import hashlib
import re

from django.db import connection

from ..clock import now
from ..models import RequestKey
from ..refusals import KeyReused, Refusal
from ..registries import ACT_GATES
from .facts import canonical

SHAPE = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Claim:
    """A claimed key: `result_id` is set when the same request was done before; else call `done(pk)` at the end."""

    def __init__(self, row: RequestKey):
        self.row, self.result_id = row, row.result_id

    def done(self, pk: int) -> None:
        RequestKey.objects.filter(pk=self.row.pk).update(result_id=pk)


def pass_gates(*, actor, verb: str) -> None:
    """Pass every gate that an act begins with, before any row is locked; raises their refusals."""
    for gate in ACT_GATES.values():
        gate(actor=actor, verb=verb)


def claim_key(key: str, *, verb: str, actor, inputs: dict) -> Claim:
    """Claim a request key for a verb; raises KeyReused for other inputs, Refusal("key_malformed") for a strange key.

    A second request with the key waits here until the first has committed or rolled back. Before anything else the gates of
    `kernel.registries` are passed: an enterprise that was frozen or closed since the actor was read begins nothing.
    """
    if not SHAPE.fullmatch(key or ""):
        raise Refusal("key_malformed")
    pass_gates(actor=actor, verb=verb)
    hashed = hashlib.sha256(canonical([verb, actor.user_id, actor.acting_for, inputs])).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {RequestKey._meta.db_table} (key, verb, actor_user_id, inputs_hash, created_at)"  # noqa: S608
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING",
            [key, verb, actor.user_id, hashed, now()],
        )
    row = RequestKey.objects.get(key=key)
    if row.inputs_hash != hashed:
        raise KeyReused()
    return Claim(row)
