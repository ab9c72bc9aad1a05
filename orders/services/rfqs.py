"""Asking several sellers at once for quotations, and what ends such a request (B11)."""

from collections.abc import Mapping
from dataclasses import asdict

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require
from accounts.models import Enterprise
from accounts.services import partner_open, refuse_held
from catalog.models import Category, Inquiry, Listing, Want
from kernel.clock import now
from kernel.refusals import NotFound, Refusal
from kernel.services import cancel_deadlines, claim_key, hold_chains, lock, lock_all, meet_deadline, move, next_no, record, start_deadline
from kernel.timer import TIMER

from ..facts import NegotiationEnded, QuotationAsked, RfqEnded, RfqSent
from ..models import Negotiation, Rfq, Round
from ..negotiation_rules import OPEN_RFQS_MOST, Needs, needs_refusal
from ..permissions import ASK_QUOTATIONS, END_NEGOTIATION
from ..states import NEGOTIATION_OPEN
from .proposals import refuse_related


@transaction.atomic
def send_rfq(
    *, actor: Actor, needs: Needs, sellers: Mapping[int, int | None], request_key: str, listing_id: int | None = None,
    want_id: int | None = None, inquiry_id: int | None = None,
) -> Rfq:  # fmt: skip
    """Ask sellers for quotations: each gets a thread of its own and sees no other.

    `sellers` are enterprises, each with the listing of its own that is meant (or None); the three ids say where the request was begun.
    Raises Denied, NotFound, Refusal rfq_refused (with the field) / own_enterprise / related_parties / too_many_rfqs.
    """
    require(actor, ASK_QUOTATIONS)
    begun = {"listing": listing_id, "want": want_id, "inquiry": inquiry_id}
    inputs = {**{name: str(value) for name, value in asdict(needs).items()}, "sellers": sorted(sellers.items()), **begun}
    claim = claim_key(request_key, verb="orders.send_rfq", actor=actor, inputs=inputs)
    if claim.result_id:
        return Rfq.objects.get(pk=claim.result_id)
    if refusal := needs_refusal(needs, sellers=len(sellers), now=now()):
        raise Refusal("rfq_refused", refusal[1], field=refusal[0])
    firms = _firms(actor, sellers)
    _refuse_too_many(actor)
    rfq = _write(needs, actor, begun)
    threads = _threads(rfq, firms, sellers)
    hold_chains({chain for thread in threads for chain in thread.chains})
    start_deadline("orders.rfq", rfq, chains=[actor.acting_for], at=needs.answer_by)
    value = RfqSent(rfq_id=rfq.pk, no=rfq.no, buyer_id=rfq.buyer_id, asked=len(threads))
    record(value, actor=actor, subject=rfq, chains=[actor.acting_for], changes={"state": ["", "open"]})
    for thread in threads:
        told = QuotationAsked(negotiation_id=thread.pk, no=thread.no, buyer_id=thread.buyer_id, seller_id=thread.seller_id)
        record(told, actor=actor, subject=thread, chains=thread.chains, changes={"state": ["", "asked"]})
    claim.done(rfq.pk)
    return rfq


def _firms(actor: Actor, sellers: Mapping[int, int | None]) -> dict[int, Enterprise]:
    if actor.enterprise_id in sellers:
        raise Refusal("own_enterprise", _("You cannot trade with your own enterprise."))
    for pk in sorted(sellers):
        partner_open(pk)
        refuse_related(actor.party_id, pk)
    refuse_held(sorted(sellers))
    found = Enterprise.objects.verified().in_bulk(list(sellers))
    if len(found) != len(sellers):
        raise NotFound()
    return found


def _refuse_too_many(actor: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 19))", [f"rfqs:{actor.enterprise_id}"])
    if Rfq.objects.filter(buyer_id=actor.enterprise_id, state="open").count() >= OPEN_RFQS_MOST:
        text = _("%(n)s of your requests are out for quotation. End one of them before you send another.") % {"n": OPEN_RFQS_MOST}
        raise Refusal("too_many_rfqs", text)


def _write(needs: Needs, actor: Actor, begun: Mapping[str, int | None]) -> Rfq:
    category = Category.objects.filter(code=needs.category, retired_at=None).first()
    if category is None:
        raise Refusal("rfq_refused", _("Choose a category."), field="category")
    if begun["listing"] and not Listing.objects.live().filter(pk=begun["listing"]).exists():
        raise NotFound()
    if begun["want"] and not Want.objects.own(actor).filter(pk=begun["want"]).exists():
        raise NotFound()
    if begun["inquiry"] and not Inquiry.objects.own(actor).filter(pk=begun["inquiry"]).exists():
        raise NotFound()
    return Rfq.objects.create(
        no=next_no("R", sequence="orders_rfq_no"), buyer_id=actor.party_id, title=needs.title, category=category, quantity=needs.quantity,
        unit=needs.unit, target_minor=needs.target.minor if needs.target else None, currency=needs.currency, place=needs.place,
        needed_by=needs.needed_by, gives_goods=needs.gives_goods, gives_credit=needs.gives_credit, gives_cash=needs.gives_cash,
        can_give=needs.can_give, words=needs.words, listing_id=begun["listing"], want_id=begun["want"], inquiry_id=begun["inquiry"],
        answer_by=needs.answer_by, created_at=now(), created_by_id=actor.user_id or 0,
    )  # fmt: skip


def _threads(rfq: Rfq, firms: dict[int, Enterprise], sellers: Mapping[int, int | None]) -> list[Negotiation]:
    buyer = Enterprise.objects.get(pk=rfq.buyer_id)
    meant = {pk for pk in sellers.values() if pk}
    of = dict(Listing.objects.live().filter(pk__in=meant).values_list("pk", "seller_id"))
    if any(listing and of.get(listing) != firm for firm, listing in sellers.items()):
        raise NotFound("goods_gone", _("Some of these goods are no longer offered. Open the offer again."))
    return [
        Negotiation.objects.create(
            no=next_no("N", sequence="orders_negotiation_no"), rfq=rfq, listing_id=sellers[pk], currency=rfq.currency, turn=firm,
            **named(buyer, firm), created_at=rfq.created_at, last_at=rfq.created_at,
        )
        for pk, firm in sorted(firms.items())
    ]  # fmt: skip


def named(buyer: Enterprise, seller: Enterprise) -> dict:
    """Both sides of a thread as they are called on this day."""
    return {
        "buyer": buyer, "seller": seller, "buyer_name": buyer.name, "buyer_name_en": buyer.name_en, "seller_name": seller.name,
        "seller_name_en": seller.name_en,
    }  # fmt: skip


def locked_threads(rfq: Rfq) -> list[Negotiation]:
    """Lock the threads of a locked request that are still open, in pk order."""
    return lock_all(Negotiation.objects.all(), rfq.threads.filter(state__in=NEGOTIATION_OPEN).values_list("pk", flat=True))


def end_thread(thread: Negotiation, name: str, *, actor, by_id: int | None = None, reason: str = "") -> None:
    """End a locked thread without an order and tell both of its sides; the caller holds the chains when there are several."""
    before = thread.state
    move(thread, name, ended_at=now(), ended_by_id=by_id, end_reason=reason)
    cancel_deadlines(thread)
    last = Round.objects.filter(negotiation=thread).order_by("-number").values_list("pk", flat=True).first()
    value = NegotiationEnded(
        negotiation_id=thread.pk, no=thread.no, move=name, buyer_id=thread.buyer_id, seller_id=thread.seller_id, by_id=by_id, round_id=last
    )
    record(value, actor=actor, subject=thread, chains=thread.chains, changes={"state": [before, thread.state]})


def end_rfq(rfq: Rfq, name: str, *, actor) -> None:
    """End a locked request; its buyer is told."""
    move(rfq, name, ended_at=now())
    if not meet_deadline("orders.rfq", rfq):
        cancel_deadlines(rfq)
    value = RfqEnded(rfq_id=rfq.pk, no=rfq.no, buyer_id=rfq.buyer_id, move=name)
    record(value, actor=actor, subject=rfq, chains=[f"enterprise:{rfq.buyer_id}"], changes={"state": ["open", rfq.state]})


def end_rfq_if_done(rfq: Rfq | None, *, actor) -> None:
    """End a locked request when none of its threads is open any more."""
    if rfq is not None and rfq.state == "open" and not rfq.threads.filter(state__in=NEGOTIATION_OPEN).exists():
        end_rfq(rfq, "lapse", actor=actor)


@transaction.atomic
def withdraw_rfq(no: str, *, actor: Actor, reason: str, request_key: str) -> Rfq:
    """Take a request back: every open thread ends and every seller is told. Raises Denied, NotFound, IllegalMove."""
    require(actor, END_NEGOTIATION)
    claim = claim_key(request_key, verb="orders.withdraw_rfq", actor=actor, inputs={"no": no, "reason": reason})
    rfq = lock(Rfq.objects.own(actor), no=no)
    if claim.result_id:
        return rfq
    Rfq.MACHINE.target(rfq.state, "withdraw")
    threads = locked_threads(rfq)
    hold_chains({actor.acting_for, *(chain for thread in threads for chain in thread.chains)})
    end_rfq(rfq, "withdraw", actor=actor)
    for thread in threads:
        end_thread(thread, "withdraw", actor=actor, by_id=rfq.buyer_id, reason=reason.strip())
    claim.done(rfq.pk)
    return rfq


@transaction.atomic
def close_answers(rfq_id: int) -> None:
    """The time to answer is over: who has not quoted is out, who has goes on; harmless when the request has ended meanwhile."""
    rfq = lock(Rfq.objects.all(), pk=rfq_id)
    if rfq.state != "open":
        return
    silent = [thread for thread in locked_threads(rfq) if thread.state == "asked"]
    hold_chains({f"enterprise:{rfq.buyer_id}", *(chain for thread in silent for chain in thread.chains)})
    for thread in silent:
        end_thread(thread, "expire", actor=TIMER)
    end_rfq_if_done(rfq, actor=TIMER)
