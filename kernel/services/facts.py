"""Writing facts: one row for what happened, linked into the chain of everybody it concerns, and a promise to every handler."""

import hashlib
import json
import logging
import secrets
from collections.abc import Iterable
from time import monotonic
from typing import Any

from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from .. import chains as chain_names
from ..clock import now
from ..facts import HANDLERS, as_payload
from ..models import ChainHead, ChainLink, Delivery, Fact, PersonalValue
from ..vault import digest

log = logging.getLogger(__name__)
SILENCE = 5  # seconds
_silent_until = 0.0


def canonical(value: Any) -> bytes:
    """The one spelling of a JSON value that hashes are taken over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode()


def content_hash(fact: Fact) -> str:
    """SHA-256 over every stored field of a fact except its id and this hash."""
    return hashlib.sha256(
        canonical(
            [
                fact.name,
                fact.at.isoformat(),
                fact.actor_kind,
                fact.actor_user_id,
                fact.acting_for,
                fact.request_id,
                fact.subject_type,
                fact.subject_id,
                fact.payload,
                fact.changes,
                fact.personal,
            ]
        )
    ).hexdigest()


def link_hash(prev: str, seq: int, chain: str, content: str) -> str:
    """SHA-256 that ties a fact's hash to its place in a chain."""
    return hashlib.sha256(f"{prev}|{chain}|{seq}|{content}".encode()).hexdigest()


def keep_personal(subject: str, kind: str, value: str) -> list:
    """Keep a value about a person in a row of its own; return [row id, salted commitment] for facts to refer to."""
    lookup = digest(f"{subject}|{kind}|{value}")
    row = PersonalValue.objects.filter(subject=subject, kind=kind, lookup=lookup).first()
    if row is None:
        salt = secrets.token_hex(16)
        commitment = hashlib.sha256(f"{salt}|{value}".encode()).hexdigest()
        row, _ = PersonalValue.objects.get_or_create(
            subject=subject, kind=kind, lookup=lookup, defaults={"salt": salt, "value": value, "commitment": commitment}
        )
    return [row.pk, row.commitment]


@transaction.atomic
def record(value, *, actor, subject, chains: Iterable[str] = (), changes: dict | None = None) -> Fact:
    """Write a fact in the caller's transaction and promise it to its handlers.

    `actor` has kind, user_id, acting_for, request_id and ip; `subject` is a model row; `chains` are those concerned
    (default: the actor's enterprise, else the person, else the platform); `changes` is {field: [before, after]}.
    """
    subject_type, subject_id = chain_names.subject_of(subject)
    person = chain_names.person_chain(actor.user_id) if actor.user_id else ""
    fact = Fact(
        name=value.fact_name, at=now(), actor_kind=actor.kind, actor_user_id=actor.user_id, acting_for=actor.acting_for,
        request_id=actor.request_id, subject_type=subject_type, subject_id=subject_id,
        payload=json.loads(canonical(as_payload(value))), changes=json.loads(canonical(changes or {})),
        personal={"ip": keep_personal(person, "ip", actor.ip)} if person and actor.ip else {},
    )  # fmt: skip
    fact.content_hash = content_hash(fact)
    fact.save(force_insert=True)
    own = actor.acting_for or person or chain_names.PLATFORM
    _link(fact, sorted(set(chains) or {own}))
    _promise(fact)
    return fact


def hold_chains(chains: Iterable[str]) -> list[ChainHead]:
    """Lock the heads of chains, in their one order; for acts that must lock ledger accounts before they can record (chains come first)."""
    wanted = sorted(set(chains))
    ChainHead.objects.bulk_create([ChainHead(chain=c) for c in wanted], ignore_conflicts=True)
    return list(ChainHead.objects.select_for_update(no_key=True).filter(chain__in=wanted).order_by("chain"))


def _link(fact: Fact, chains: list[str]) -> None:
    for head in hold_chains(chains):
        seq = head.seq + 1
        hashed = link_hash(head.hash, seq, head.chain, fact.content_hash)
        ChainLink.objects.create(chain=head.chain, seq=seq, fact=fact, prev_hash=head.hash, hash=hashed)
        ChainHead.objects.filter(pk=head.pk).update(seq=seq, hash=hashed)


def _promise(fact: Fact) -> None:
    handlers = HANDLERS.get(fact.name, {})
    if not handlers:
        return
    Delivery.objects.bulk_create([Delivery(fact=fact, handler=name, due_at=fact.at) for name in handlers])
    if not any(entry[1] is ring_relay for entry in connection.run_on_commit):
        transaction.on_commit(ring_relay, robust=True)


def ring_relay() -> None:
    """Ring the doorbell; a broker that is away costs nothing but the seconds until the next sweep (P22)."""
    global _silent_until
    if monotonic() < _silent_until:
        return
    try:
        current_app.send_task("kernel.relay", retry=False, ignore_result=True, expires=30)
    except OperationalError as error:
        _silent_until = monotonic() + SILENCE  # nobody waits again and again for a broker that is not there
        log.warning("the relay was not rung: %s", error)


def verify_chain(chain: str, *, after: int = 0) -> list[str]:
    """Recompute a chain from its facts and return every finding; an empty list means it holds.

    `after` is the seq of a link that is taken on trust: what comes before it is left to a check of the whole chain.
    """
    findings, prev, seq = [], "0" * 64, after
    if after:
        prev = ChainLink.objects.filter(chain=chain, seq=after).values_list("hash", flat=True).first() or prev
    links = ChainLink.objects.filter(chain=chain, seq__gt=after).order_by("seq").select_related("fact")
    for link in links.iterator(chunk_size=2000):
        seq += 1
        if link.seq != seq:
            findings.append(f"{chain}: link {seq} is missing")
            seq = link.seq
        content = content_hash(link.fact)  # most of the work: once for a link
        if content != link.fact.content_hash:
            findings.append(f"{chain}: fact {link.fact_id} was changed")
        if link.prev_hash != prev or link.hash != link_hash(link.prev_hash, link.seq, chain, content):
            findings.append(f"{chain}: link {link.seq} does not follow")
        prev = link.hash
    head = ChainHead.objects.filter(pk=chain).first()
    if (head.seq, head.hash) != (seq, prev) if head else seq:
        findings.append(f"{chain}: head and last link differ")
    return findings
