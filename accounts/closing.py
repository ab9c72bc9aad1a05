"""What of this room keeps an enterprise from closing; the gates register with it."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.registries import closing_blocker

from .models import Approval, CompanyChange, ExportJob, MainTransfer
from .services import gates
from .states import TRANSFER_OPEN

__all__ = ["changes", "gates"]


@closing_blocker("accounts.1_change")
def changes(enterprise_id: int):
    """A change of the company data that nobody has decided."""
    for _row in CompanyChange.objects.filter(
        enterprise_id=enterprise_id, state__in=["submitted", "under_review", "asked", "second_review"]
    ):
        yield _("A change of the company data is being reviewed."), reverse("accounts:company")


@closing_blocker("accounts.2_approvals")
def approvals(enterprise_id: int):
    """Acts that wait for somebody's approval, or were approved and not done."""
    waiting = Approval.objects.filter(enterprise_id=enterprise_id, state__in=["requested", "approved"]).count()
    if waiting:
        yield _("%(n)s approvals are asked for or not used yet.") % {"n": waiting}, reverse("accounts:team")


@closing_blocker("accounts.3_export")
def exports(enterprise_id: int):
    """An export of the enterprise's data that is still being made."""
    if ExportJob.objects.filter(enterprise_id=enterprise_id, state__in=["requested", "running"]).exists():
        yield _("An export of your data is still being made."), reverse("accounts:company")


@closing_blocker("accounts.4_transfer")
def transfers(enterprise_id: int):
    """A transfer of the main account: whoever is about to lose it does not close the company first (H13)."""
    if MainTransfer.objects.filter(enterprise_id=enterprise_id, state__in=TRANSFER_OPEN).exists():
        yield _("The main account is about to change hands."), reverse("accounts:security")
