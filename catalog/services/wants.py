"""Requests: posted by enterprises and individual members, compared with every new offer, shown until they run out (B12)."""

from decimal import Decimal

from django.db import connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from accounts.queries import ever_belonged
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import cancel_deadlines, claim_key, lock, move, next_no, record, start_deadline
from kernel.timer import TIMER

from .. import facts, needs, rules
from ..models import Category, Listing, Want
from ..permissions import HIDE_WANT
from ..queries.wants import require_closer, require_poster
from .saved_searches import drop_want_search, keep_want_search

NOTHING_MORE = needs.Needs()


@transaction.atomic
def post_want(
    *, actor, category: str, title: str, quantity: Decimal, unit: str, can_give: str, request_key: str, more: needs.Needs = NOTHING_MORE
) -> Want:
    """Publish what the actor's enterprise, or a person who acts for none, looks for (decision 1); it runs out after sixty days.

    Raises Denied, Refusal claims_banned, want_incoherent (with `fields`), want_quantity, category_unknown, goods_unknown, too_many_wants.
    """
    require_poster(actor)
    terms = {"category": category, "title": title, "quantity": quantity, "unit": unit, "can_give": can_give}
    inputs = {**terms, **more.columns(), "give_listings": list(more.give_listings)}
    claim = claim_key(request_key, verb="catalog.post_want", actor=actor, inputs=inputs)
    if claim.result_id:
        return Want.objects.get(pk=claim.result_id)
    _refuse_words({"title": title, "can_give": can_give, **more.texts()})
    if quantity <= 0:
        raise Refusal("want_quantity", _("Give a quantity above zero."))
    if wrong := needs.problems(more, today=localdate(now())):
        raise Refusal("want_incoherent", " ".join(str(text) for text in wrong.values()), fields=wrong)
    found = Category.objects.filter(code=category).first()
    if found is None:
        raise Refusal("category_unknown", _("Choose one of the categories."))
    goods = _own_goods(actor, more.give_listings)
    _refuse_too_many(actor)
    want = Want.objects.create(
        no=next_no("W", sequence="catalog_want_no"), enterprise_id=actor.enterprise_id,
        person_id=None if actor.enterprise_id else actor.user_id, category=found, title=title, quantity=quantity, unit=unit,
        can_give=can_give, created_at=now(), **more.columns(),
    )  # fmt: skip
    want.give_listings.set(goods)
    _run(want)
    keep_want_search(want, user_id=actor.user_id)
    record(_fact(facts.WantPosted, want), actor=actor, subject=want, chains=[want.chain])
    claim.done(want.pk)
    return want


@transaction.atomic
def close_want(no: str, *, actor, request_key: str) -> Want:
    """Close an own request; it is no longer shown. Raises NotFound for a foreign one."""
    require_closer(actor)
    claim = claim_key(request_key, verb="catalog.close_want", actor=actor, inputs={"no": no})
    want = lock(Want.objects.own(actor), no=no)
    if claim.result_id:
        return want
    _end(want, "close", facts.WantClosed, actor, closed_at=now())
    claim.done(want.pk)
    return want


@transaction.atomic
def renew_want(no: str, *, actor, request_key: str) -> Want:
    """Show an own request for another sixty days from now. Raises NotFound, IllegalMove, Refusal too_many_wants."""
    require_poster(actor)
    claim = claim_key(request_key, verb="catalog.renew_want", actor=actor, inputs={"no": no})
    want = lock(Want.objects.own(actor), no=no)
    if claim.result_id:
        return want
    before = want.state
    if before != "open":
        _refuse_too_many(actor)
    move(want, "renew")
    cancel_deadlines(want)
    _run(want)
    keep_want_search(want, user_id=actor.user_id)
    fact = _fact(facts.WantRenewed, want)
    record(fact, actor=actor, subject=want, chains=[want.chain], changes={"state": [before, want.state]})
    claim.done(want.pk)
    return want


@transaction.atomic
def hide_want(no: str, *, actor, reason: str, request_key: str) -> Want:
    """Take a request down (staff), with a reason that its owner reads. Raises Denied, NotFound, IllegalMove, Refusal reason_missing."""
    require_staff(actor, HIDE_WANT)
    claim = claim_key(request_key, verb="catalog.hide_want", actor=actor, inputs={"no": no, "reason": reason})
    want = lock(Want.objects.all(), no=no)
    if claim.result_id:
        return want
    if want.person_id == actor.user_id or (want.enterprise_id and ever_belonged(actor, [want.enterprise_id])):
        raise Denied("own_enterprise", _("You belong to this enterprise, so a colleague must decide."))
    if not reason.strip():
        raise Refusal("reason_missing", _("Say why: the owner reads this reason."))
    _end(want, "hide", facts.WantHidden, actor, hidden_reason=reason.strip())
    claim.done(want.pk)
    return want


@transaction.atomic
def expire_want(want_id: int) -> bool:
    """Let a request run out when its clock has; False when it was closed or taken down before, or renewed since."""
    want = lock(Want.objects.all(), pk=want_id)
    if want.state != "open" or (want.expires_at and want.expires_at > now()):
        return False
    _end(want, "expire", facts.WantExpired, TIMER)
    return True


def close_wants_of(enterprise_id: int) -> int:
    """Close every request of an enterprise that has closed; returns how many there were."""
    wanted = list(
        Want.objects.filter(enterprise_id=enterprise_id, state__in=("open", "expired")).order_by("pk").values_list("pk", flat=True)
    )
    for pk in wanted:
        _end(lock(Want.objects.all(), pk=pk), "close", facts.WantClosed, TIMER, closed_at=now())
    return len(wanted)


def _end(want: Want, name: str, fact, actor, **changes) -> None:
    before = want.state
    move(want, name, **changes)
    cancel_deadlines(want)
    drop_want_search(want)
    record(_fact(fact, want), actor=actor, subject=want, chains=[want.chain], changes={"state": [before, want.state]})


def _run(want: Want) -> None:
    """Start the clock, and write beside the request when it runs out, for lists."""
    deadline = start_deadline(needs.WANT_EXPIRY.code, want, chains=[want.chain])
    want.expires_at = deadline.due_at
    want.save(update_fields=["expires_at"])


def _fact(fact, want: Want):
    return fact(want_id=want.pk, no=want.no, enterprise_id=want.enterprise_id)


def _refuse_words(texts: dict) -> None:
    if found := rules.claims_of(texts):
        words = [word for said in found.values() for word in said]
        fields = {name: _("These words are not allowed here: %(words)s") % {"words": ", ".join(said)} for name, said in found.items()}
        text = _("These words are not allowed here: %(words)s") % {"words": ", ".join(words)}
        raise Refusal("claims_banned", text, words=words, fields=fields)


def _own_goods(actor, numbers) -> list[Listing]:
    wanted = list(dict.fromkeys(numbers))[: needs.LISTINGS_MAX]
    goods = list(Listing.objects.own(actor).filter(no__in=wanted, state="live")) if wanted else []
    if len(goods) != len(wanted):
        raise Refusal(
            "goods_unknown",
            _("Choose goods of your own that are on sale."),
            fields={"give_listings": _("Choose goods of your own that are on sale.")},
        )
    return goods


def _refuse_too_many(actor) -> None:
    """Two requests at once are counted one after the other: the lock is the owner's, and ends with the transaction."""
    owner = f"wants:{actor.acting_for or actor.user_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 16))", [owner])
    mine = {"enterprise_id": actor.enterprise_id} if actor.enterprise_id else {"person_id": actor.user_id}
    most = needs.OPEN_OF_ENTERPRISE if actor.enterprise_id else needs.OPEN_OF_PERSON
    if Want.objects.filter(state="open", **mine).count() >= most:
        raise Refusal(
            "too_many_wants", _("You have %(max)s open requests, which is the most. Close one that is settled first.") % {"max": most}
        )
