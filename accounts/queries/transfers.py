"""Reading transfers of main accounts: the desk's queue, one case, and what the holder is told of a transfer that runs."""

import json

from django.db.models import CharField, OuterRef, Q, Subquery
from django.db.models.functions import Cast

from kernel.models import Deadline
from kernel.refusals import Denied, NotFound

from ..models import Enterprise, MainTransfer, User
from ..rules import TRANSFER_ANSWER, normal

VIEW_TRANSFER, TRANSFER = "accounts.view_maintransfer", "accounts.transfer_main_account"
SHOWN = 10


def main_transfers(actor):
    """Requests for another main account with `due_at` of the answer's clock; raises Denied for those who may not see them."""
    if not actor.can_staff(VIEW_TRANSFER):
        raise Denied("staff_permission_missing", capability=VIEW_TRANSFER)
    running = Deadline.objects.filter(
        policy=TRANSFER_ANSWER.code, subject_type="accounts.maintransfer", met_at=None, cancelled_at=None
    )  # fmt: skip
    due = Subquery(running.filter(subject_id=Cast(OuterRef("pk"), CharField())).order_by("-pk").values("due_at")[:1])
    return MainTransfer.objects.select_related("enterprise").annotate(due_at=due)


def transfers_waiting(actor):
    """Requests that nobody has decided and proposals that wait for a second person, for the back office."""
    return main_transfers(actor).filter(state__in=["asked", "proposed"])


def main_transfer(actor, case_id) -> MainTransfer:
    """One case with its proofs; raises Denied, NotFound."""
    rows = main_transfers(actor).prefetch_related("proofs__document")
    text = str(case_id)
    found = rows.filter(pk=text).first() if text.isascii() and text.isdigit() and len(text) < 19 else None
    if found is None:
        raise NotFound()
    return found


def new_holder_of(case: MainTransfer) -> dict[str, str]:
    """Who asks and is to hold the account, as they said it: name, role, phone, email; each empty once erased."""
    told = dict.fromkeys(("name", "role", "phone", "email"), "")
    try:
        return {**told, **json.loads(case.contact or "{}")}
    except ValueError:  # sealed with a key that is gone
        return told


def companies_of_transfer(case: MainTransfer) -> list[Enterprise]:
    """The verified or frozen companies that a request may be about: the same code, or a name that holds what was typed."""
    wanted = Q(pk=None)
    if case.registration_no:
        wanted |= Q(registration_no=normal(case.registration_no))
    if len(case.named.strip()) >= 2:
        wanted |= Q(name__icontains=case.named.strip()) | Q(name_en__icontains=case.named.strip())
    return list(Enterprise.objects.filter(wanted, state__in=["verified", "frozen"]).order_by("pk")[:SHOWN])


def asker_of(case: MainTransfer) -> User | None:
    """The person who asked while logged in, with the companies they belong to."""
    if not case.asked_by_id:
        return None
    return User.objects.filter(pk=case.asked_by_id).prefetch_related("memberships__enterprise").first()


def transfer_running(actor) -> MainTransfer | None:
    """The transfer that would take the main account away from the actor when its cooling period ends."""
    if not actor.is_main:
        return None
    return MainTransfer.objects.filter(enterprise_id=actor.enterprise_id, state="cooling", old_main_id=actor.user_id).first()
