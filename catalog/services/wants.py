"""Requests: what an enterprise looks for (B12, thin: posted, listed and closed; alerts come with the catalogue's own issue)."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from kernel.clock import now
from kernel.refusals import Refusal
from kernel.services import claim_key, lock, move, record

from .. import facts, rules
from ..models import Category, Want
from ..permissions import POST_WANT
from .numbers import next_no


@transaction.atomic
def post_want(*, actor, category: str, title: str, quantity: Decimal, unit: str, can_give: str, request_key: str) -> Want:
    """Publish what the actor's enterprise looks for; raises Refusal("claims_banned", "want_quantity", "category_unknown")."""
    require(actor, POST_WANT)
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
        no=next_no("W"), enterprise_id=actor.enterprise_id, category=found, title=title, quantity=quantity, unit=unit, can_give=can_give,
        created_at=now(),
    )  # fmt: skip
    fact = facts.WantPosted(want_id=want.pk, no=want.no, enterprise_id=want.enterprise_id)
    record(fact, actor=actor, subject=want, chains=[actor.acting_for])
    claim.done(want.pk)
    return want


@transaction.atomic
def close_want(no: str, *, actor) -> Want:
    """Close an own request; it is no longer shown."""
    require(actor, POST_WANT)
    want = lock(Want.objects.own(actor), no=no)
    move(want, "close", closed_at=now())
    fact = facts.WantClosed(want_id=want.pk, no=want.no, enterprise_id=want.enterprise_id)
    record(fact, actor=actor, subject=want, chains=[actor.acting_for], changes={"state": ["open", "closed"]})
    return want
