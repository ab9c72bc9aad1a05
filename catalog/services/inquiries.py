"""Asking a seller, or offering to whoever looks for something: a thread between two enterprises about one thing (C06, H56)."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from accounts.services import partner_open
from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.refusals import NotFound, Refusal
from kernel.services import claim_key, lock, next_no, record
from messaging.queries import messages_since
from messaging.services import post_message

from .. import facts
from ..models import Inquiry, Listing, Want
from ..permissions import ANSWER_INQUIRY, ASK_SELLER
from ..queries.firms import seller_page

PER_HOUR = 20  # new inquiries of one enterprise: a buyer's busy afternoon, not a mailing
MESSAGES_PER_HOUR = 120


class TooMany(Refusal):
    """The hourly limit of one enterprise is used up."""

    status = 429


@transaction.atomic
def ask(
    *, actor, body: str, request_key: str, listing_no: str = "", want_no: str = "", handle: str = "", offered_no: str = "", uploads=()
) -> Inquiry:
    """Write to the seller of an offer, the owner of a request, or a firm; a second question goes on in the same thread.

    `offered_no` names own goods that fit a request. Raises Denied, NotFound, Refusal own_enterprise, goods_unknown, too_many_inquiries
    (status 429), message_….
    """
    require(actor, ASK_SELLER)
    about = {"listing": listing_no, "want": want_no, "firm": handle, "offered": offered_no, "body": body.strip()}
    claim = claim_key(request_key, verb="catalog.ask", actor=actor, inputs={**about, "files": [upload.name for upload in uploads]})
    if claim.result_id:
        return Inquiry.objects.get(pk=claim.result_id)
    listing, want, owner_id = _about(listing_no, want_no, handle)
    if owner_id == actor.enterprise_id:
        raise Refusal("own_enterprise", _("You cannot write to your own enterprise."))
    partner_open(owner_id)
    offered = _offered(actor, offered_no)
    _refuse_too_many(actor)
    inquiry, made = Inquiry.objects.get_or_create(
        asker_id=actor.enterprise_id, owner_id=owner_id, listing=listing, want=want,
        defaults={"no": next_no("Q", sequence="catalog_inquiry_no"), "created_at": now(), "last_at": now(), "offered": offered},
    )  # fmt: skip
    _say(inquiry, actor=actor, body=body, uploads=uploads, request_key=request_key, offered=offered)
    record(_told(inquiry, actor, made), actor=actor, subject=inquiry, chains=_chains(inquiry))
    claim.done(inquiry.pk)
    return inquiry


@transaction.atomic
def answer_inquiry(no: str, *, actor, body: str, request_key: str, uploads=()) -> Inquiry:
    """Say more on an inquiry, either side. Raises Denied, NotFound (not a party), Refusal too_many_inquiries, message_…."""
    require(actor, ANSWER_INQUIRY)
    inputs = {"no": no, "body": body.strip(), "files": [upload.name for upload in uploads]}
    claim = claim_key(request_key, verb="catalog.answer_inquiry", actor=actor, inputs=inputs)
    inquiry = lock(Inquiry.objects.own(actor), no=no)
    if claim.result_id:
        return inquiry
    other = inquiry.owner_id if actor.enterprise_id == inquiry.asker_id else inquiry.asker_id
    partner_open(other)
    _refuse_flood(actor)
    _say(inquiry, actor=actor, body=body, uploads=uploads, request_key=request_key)
    fact = facts.InquiryAnswered(inquiry_id=inquiry.pk, no=inquiry.no, from_id=actor.enterprise_id, to_id=other)
    record(fact, actor=actor, subject=inquiry, chains=_chains(inquiry))
    claim.done(inquiry.pk)
    return inquiry


def _told(inquiry: Inquiry, actor, made: bool) -> facts.InquiryMade | facts.InquiryAnswered:
    if not made:
        return facts.InquiryAnswered(inquiry_id=inquiry.pk, no=inquiry.no, from_id=actor.enterprise_id, to_id=inquiry.owner_id)
    return facts.InquiryMade(
        inquiry_id=inquiry.pk, no=inquiry.no, asker_id=inquiry.asker_id, owner_id=inquiry.owner_id, listing_id=inquiry.listing_id,
        want_id=inquiry.want_id,
    )  # fmt: skip


def _about(listing_no: str, want_no: str, handle: str) -> tuple[Listing | None, Want | None, int]:
    """What an inquiry is about and whose it is; only what the public sees can be asked about."""
    if listing_no:
        listing = Listing.objects.live().filter(no=listing_no).first()
        if listing is None:
            raise NotFound()
        return listing, None, listing.seller_id
    if want_no:
        want = Want.objects.open().filter(no=want_no).exclude(enterprise=None).first()
        if want is None:
            raise NotFound()
        return None, want, want.enterprise_id
    return None, None, seller_page(handle).pk


def _offered(actor, no: str) -> Listing | None:
    if not no:
        return None
    goods = Listing.objects.own(actor).filter(no=no, state="live").first()
    if goods is None:
        raise Refusal("goods_unknown", _("Choose goods of your own that are on sale."))
    return goods


def _say(inquiry: Inquiry, *, actor, body: str, uploads, request_key: str, offered: Listing | None = None) -> None:
    key = f"{request_key}-m"[-64:]
    post_message(subject=inquiry, parties=inquiry.parties, actor=actor, body=body, uploads=uploads, request_key=key)
    changes = {"last_at": now()} | ({"offered": offered} if offered else {})
    if inquiry.answered_at is None and actor.enterprise_id == inquiry.owner_id:
        changes["answered_at"] = now()
    Inquiry.objects.filter(pk=inquiry.pk).update(**changes)


def _chains(inquiry: Inquiry) -> list[str]:
    return [enterprise_chain(party) for party in inquiry.parties]


def _refuse_too_many(actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 18))", [f"inquiries:{actor.enterprise_id}"])
    since = now() - timedelta(hours=1)
    if Inquiry.objects.filter(asker_id=actor.enterprise_id, created_at__gt=since).count() >= PER_HOUR:
        text = _("Your enterprise has started %(max)s conversations within an hour, which is the most. Try again later.")
        raise TooMany("too_many_inquiries", text % {"max": PER_HOUR})
    _refuse_flood(actor)


def _refuse_flood(actor) -> None:
    if messages_since(actor, now() - timedelta(hours=1), most=MESSAGES_PER_HOUR) >= MESSAGES_PER_HOUR:
        text = _("Your enterprise has sent %(max)s messages within an hour, which is the most. Try again later.")
        raise TooMany("too_many_inquiries", text % {"max": MESSAGES_PER_HOUR})
