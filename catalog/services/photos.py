"""Photos: kept as a draft as soon as they arrive, so that a mistake elsewhere in the form loses none; shown when a listing takes them."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from kernel.models import Document
from kernel.refusals import Refusal
from kernel.services import Purpose, store_upload
from kernel.uploads import JPEG, PNG, WEBP

from ..permissions import MANAGE_PRODUCTS
from ..queries.photos import draft_photo

PHOTO = Purpose("listing_photo", frozenset({JPEG, PNG, WEBP}), 8 * 1024 * 1024)


@transaction.atomic
def keep_photo(upload, *, actor) -> Document:
    """Keep an uploaded photo for a listing of the actor's enterprise; the same picture again answers with the one kept before.

    Raises Refusal("upload_…") and keeps nothing when it is not what it claims. A draft that no listing takes goes with the daily clean-up.
    """
    require(actor, MANAGE_PRODUCTS)
    document = store_upload(upload, purpose=PHOTO, owner_chain=actor.acting_for, actor=actor)
    same = Document.objects.filter(owner_chain=actor.acting_for, purpose=PHOTO.name, uploaded_by_id=actor.user_id, sha256=document.sha256)
    earlier = same.filter(erased_at=None).exclude(pk=document.pk).order_by("pk").first()
    if earlier is None:
        return document
    document.delete()
    return earlier


def kept_photo(token: str, *, actor) -> Document | None:
    """The photo that a token names, None for no token; raises Refusal("photo_unknown") for one that is not the actor's."""
    if not token:
        return None
    document = draft_photo(actor, token)
    if document is None:
        raise Refusal("photo_unknown", _("The photo is no longer here. Choose it again."), fields={"photo": _("Choose the photo again.")})
    return document
