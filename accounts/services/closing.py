"""Closing an enterprise with a clean slate: asked again under its gate, then its people become pseudonyms (H22, P16)."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from kernel.chains import person_chain
from kernel.clock import now
from kernel.models import PersonalValue
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, lock, move, record

from ..facts import EnterpriseClosed
from ..models import Closure, Enterprise, EnterpriseUserObjectPermission, Invitation, Membership, RegistrationDraft, User
from ..queries.closing import closing_blockers
from ..rules import pseudonym
from .freezes import end_sessions, people_only_here
from .gates import shut_gate
from .registration import keep_version


@transaction.atomic
def close_enterprise(*, reason: str, typed_name: str, actor, request_key: str) -> Closure:
    """Close the actor's own enterprise for good, its name typed as confirmation; trade records stay, people who belong nowhere else
    become pseudonyms at once (H22).

    Raises Denied main_only, Refusal name_differs, closing_blocked (with `blockers`: what is still open), IllegalMove.
    """
    if not actor.is_main:
        raise Denied("main_only", _("Only the main account of your enterprise can do this."))
    shut_gate(actor.party_id)  # no order, no listing begins between the last look and the closing
    claim = claim_key(request_key, verb="accounts.close", actor=actor, inputs={"reason": reason.strip(), "name": typed_name.strip()})
    if claim.result_id:
        return Closure.objects.get(pk=claim.result_id)
    enterprise = lock(Enterprise.objects.all(), pk=actor.party_id)
    if typed_name.strip() not in (enterprise.name, enterprise.name_en or enterprise.name):
        raise Refusal("name_differs", _("Type the name of the company exactly as it is written here."))
    before = enterprise.state
    Enterprise.MACHINE.target(before, "close")
    if open_matters := closing_blockers(enterprise.pk):
        raise Refusal("closing_blocked", _("Some matters are still open. Settle them first; the list names each."), blockers=open_matters)
    staff = User.objects.filter(is_staff=True).values_list("pk", flat=True)  # who works here keeps the log-in for it
    # Log-ins that the company handed out are its own for ever, those it ended before too.
    former = User.objects.filter(username__startswith=f"{enterprise.handle}/").values_list("pk", flat=True)
    only_here = sorted({*people_only_here(enterprise.pk), *former} - set(staff))
    move(enterprise, "close")
    keep_version(enterprise)
    closure = Closure.objects.create(enterprise=enterprise, reason=reason.strip()[:400], closed_by_id=actor.user_id, closed_at=now())
    members = list(Membership.objects.filter(enterprise=enterprise, ended_at=None).values_list("user_id", flat=True))
    fact = EnterpriseClosed(enterprise_id=enterprise.pk, people=len(members), pseudonymised=len(only_here))
    record(fact, actor=actor, subject=enterprise, chains=[enterprise.chain], changes={"state": [before, "closed"]})
    _end_team(enterprise)
    for user_id in only_here:
        pseudonymise(user_id)
    Closure.objects.filter(pk=closure.pk).update(pseudonymised_at=now())
    claim.done(closure.pk)
    return closure


def _end_team(enterprise: Enterprise) -> None:
    Membership.objects.filter(enterprise=enterprise, ended_at=None).update(ended_at=now())
    EnterpriseUserObjectPermission.objects.filter(content_object=enterprise).delete()
    asked = Invitation.objects.filter(enterprise=enterprise)
    asked.update(email="", display_name="")  # whom it invited is nobody's business any more
    asked.filter(accepted_at=None, revoked_at=None).update(revoked_at=now())


def pseudonymise(user_id: int) -> None:
    """Take a person's name, addresses, second factors and log-in away; what they did stays in the log under a number (decision 17)."""
    end_sessions([user_id])
    user = lock(User.objects.all(), pk=user_id)
    user.set_unusable_password()
    blank = {"display_name": "", "email": "", "phone": "", "is_active": False}
    User.objects.filter(pk=user_id).update(username=pseudonym(user_id), password=user.password, **blank)
    EmailAddress.objects.filter(user_id=user_id).delete()
    Authenticator.objects.filter(user_id=user_id).delete()
    RegistrationDraft.objects.filter(user_id=user_id).delete()
    gone = Concat(Value("erased-"), Cast("pk", CharField()))  # nobody finds the row by its value any more
    rows = PersonalValue.objects.filter(subject=person_chain(user_id), erased_at=None)
    rows.update(value="", salt="", lookup=gone, erased_at=now())
