"""Files that come with a form: kept at once as a person's own, so that a mistake in another field loses none; bound by the act."""

from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models import Membership
from kernel.chains import person_chain
from kernel.models import Document
from kernel.refusals import Denied, Refusal
from kernel.services import Purpose, drop_document, lock_all, read_document, store_bytes, store_upload
from kernel.services.documents import unbound
from kernel.uploads import JPEG, OFD, PDF, PNG, XML

from ..models import Order

DRAFT = Purpose("orders.contract_draft", frozenset({PDF, JPEG, PNG}), 20 * 1024 * 1024)
CONTRACT = Purpose("orders.contract", frozenset({PDF}), 20 * 1024 * 1024)
INVOICE = Purpose("orders.invoice", frozenset({PDF, OFD, XML}), 10 * 1024 * 1024)


def keep_file(upload, *, purpose: Purpose, actor: Actor) -> Document:
    """Keep a file that belongs to nothing yet; the same bytes again answer with the first. Raises Refusal upload_…

    A contract is kept byte for byte: a PDF that would have to lose its links is refused.
    """
    if not actor.user_id:
        raise Denied("not_logged_in", _("Log in first."))
    document = store_upload(upload, purpose=purpose, owner_chain=person_chain(actor.user_id), actor=actor)
    if purpose is CONTRACT and document.size_bytes != upload.size:
        drop_document(document)
        raise Refusal(
            "upload_links", _("The PDF contains links. A contract is kept byte for byte, so print it to a plain PDF and send that.")
        )
    earlier = _own(purpose, actor).filter(sha256=document.sha256, erased_at=None).exclude(pk=document.pk).first()
    if earlier is not None:
        drop_document(document)
        return earlier
    return document


def _own(purpose: Purpose, actor: Actor):
    """What the person has sent for a purpose: the same form arriving twice must find the file that it came with."""
    return Document.objects.filter(purpose=purpose.name, uploaded_by_id=actor.user_id or 0).order_by("pk")


def kept_file(token: str, *, purpose: Purpose, actor: Actor) -> Document | None:
    """A file that the person has sent, for showing its name again."""
    return _own(purpose, actor).filter(token=token, erased_at=None).first() if token else None


def bind_file(token: str, *, purpose: Purpose, owner_chain: str, actor: Actor) -> Document:
    """Lock a kept file and make it an enterprise's; the caller refers to it. One that is in use already is copied.

    Raises Refusal file_gone.
    """
    found = kept_file(token, purpose=purpose, actor=actor)
    if found is None:
        raise Refusal("file_gone", _("An uploaded file is no longer here. Choose it again."))
    (document,) = lock_all(Document.objects.all(), [found.pk])
    if not unbound().filter(pk=document.pk).exists():
        kind = {"file_name": document.file_name, "content_type": document.content_type, "purpose": purpose.name}
        return store_bytes(read_document(document), **kind, owner_chain=owner_chain, actor=actor)
    Document.objects.filter(pk=document.pk).update(owner_chain=owner_chain)
    document.owner_chain = owner_chain
    return document


def refuse_partial(order: Order, *, actor: Actor) -> None:
    """Raise Denied when a member of staff belongs to a party of the order: others handle it (P37)."""
    if Membership.objects.filter(user_id=actor.user_id or 0, enterprise_id__in=order.parties, ended_at=None).exists():
        raise Denied("own_case", _("You belong to a party of this order. A colleague has to handle it."))
