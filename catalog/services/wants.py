"""Requests: what somebody looks for (B12, thin: posted, listed and closed; alerts come with the catalogue's own issue)."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.refusals import Refusal
from kernel.services import claim_key, lock, move, next_no, record

from .. import facts, rules
from ..models import Category, Want
from ..queries.wants import require_closer, require_poster


@transaction.atomic
def post_want(*, actor, category: str, title: str, quantity: Decimal, unit: str, can_give: str, request_key: str) -> Want:
    """Publish what the actor's enterprise, or a person who acts for none, looks for (decision 1).

    Raises Refusal("claims_banned"), Refusal("want_quantity"), Refusal("category_unknown"), Denied.
    """
    require_poster(actor)
    inputs = {"category": category, "title": title, "quantity": quantity, "unit": unit, "can_give": can_give}
    claim = claim_key(request_key, verb="catalog.post_want", actor=actor, inputs=inputs)
    if claim.result_id:
        return Want.objects.get(pk=claim.result_id)
    if words := rules.banned_claims(title, can_give):
        raise Refusal("claims_banned", _("These words are not allowed here: %(words)s") % {"words": ", ".join(words)}, words=words)
    if quantity <= 0:
        raise Refusal("want_quantity", _("Give a quantity above zero."))
    found = Category.objects.filter(code=category).first()
    if found is None:
        raise Refusal("category_unknown", _("Choose one of the categories."))
    want = Want.objects.create(
        no=next_no("W", sequence="catalog_want_no"), enterprise_id=actor.enterprise_id,
        person_id=None if actor.enterprise_id else actor.user_id, category=found, title=title, quantity=quantity, unit=unit,
        can_give=can_give, created_at=now(),
    )  # fmt: skip
    fact = facts.WantPosted(want_id=want.pk, no=want.no, enterprise_id=want.enterprise_id)
    record(fact, actor=actor, subject=want, chains=[want.chain])
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
    move(want, "close", closed_at=now())
    fact = facts.WantClosed(want_id=want.pk, no=want.no, enterprise_id=want.enterprise_id)
    record(fact, actor=actor, subject=want, chains=[want.chain], changes={"state": ["open", "closed"]})
    claim.done(want.pk)
    return want
