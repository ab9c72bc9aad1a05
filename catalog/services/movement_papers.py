"""Delivery notes and pictures of stock movements: kept as drafts as soon as they arrive, so that a mistake in the form loses none."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from kernel.models import Document
from kernel.refusals import NotFound, Refusal
from kernel.services import Purpose, store_upload
from kernel.uploads import JPEG, PDF, PNG, WEBP

from ..models import Listing, StockMovement
from ..permissions import MANAGE_STOCK

MOVEMENT_PAPER = Purpose("stock_movement", frozenset({PDF, JPEG, PNG, WEBP}), 10 * 1024 * 1024)


@transaction.atomic
def keep_movement_paper(upload, *, actor) -> Document:
    """Keep the paper of a movement of the actor's enterprise; one that no movement takes goes with the daily clean-up.

    Raises Refusal("upload_…") and keeps nothing when it is not what it claims.
    """
    require(actor, MANAGE_STOCK)
    return store_upload(upload, purpose=MOVEMENT_PAPER, owner_chain=actor.acting_for, actor=actor)


def kept_movement_paper(token: str, *, actor) -> Document | None:
    """The paper that a token names, None for no token; raises Refusal("paper_unknown") for one that is not the actor's."""
    if not token:
        return None
    kept = Document.objects.filter(token=token, purpose=MOVEMENT_PAPER.name, owner_chain=actor.acting_for, erased_at=None).first()
    if kept is None or kept.uploaded_by_id != actor.user_id:
        text = _("The file is no longer here. Choose it again.")
        raise Refusal("paper_unknown", text, fields={"paper": text})
    return kept


def movement_paper(token: str, *, actor) -> Document:
    """The paper of a movement of goods that the actor sees; raises NotFound, Denied without the stock box."""
    rows = StockMovement.objects.filter(paper__token=token, listing__in=Listing.objects.own(actor)).select_related("paper")
    found = rows.first()
    if found is None or found.paper is None:
        raise NotFound()
    require(actor, MANAGE_STOCK)
    return found.paper
