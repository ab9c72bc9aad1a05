"""The company's own pages."""

from kernel.models import Document
from kernel.refusals import NotFound

from ..actors import require
from ..models import ChangePaper, Enterprise, QualificationDocument
from ..permissions import VIEW_COMPANY


def own_enterprise(actor) -> Enterprise | None:
    """The enterprise somebody acts for, None before registration; raises Denied without the company permission.

    The main account reads it in every state: it must be able to read why it is frozen.
    """
    if not actor.enterprise_id:
        return None
    if not actor.is_main:
        require(actor, VIEW_COMPANY)
    return Enterprise.objects.get(pk=actor.enterprise_id)


def papers_of(enterprise: Enterprise):
    """The papers an enterprise handed in, newest first."""
    return enterprise.papers.select_related("document").order_by("-pk")


def own_paper(actor, token: str) -> Document:
    """A paper of the actor's own enterprise; raises NotFound for every other one, Denied without the company permission."""
    mine = {"document__token": token, "document__erased_at": None}
    paper: QualificationDocument | ChangePaper | None = (
        QualificationDocument.objects.select_related("document").filter(enterprise_id=actor.enterprise_id or 0, **mine).first()
        or ChangePaper.objects.select_related("document").filter(change__enterprise_id=actor.enterprise_id or 0, **mine).first()
    )
    if paper is None:
        raise NotFound()
    own_enterprise(actor)
    return paper.document
