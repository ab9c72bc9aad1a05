"""Applying for the major-client channel, and deciding on it."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require, require_staff
from accounts.models import Enterprise
from accounts.queries import ever_belonged
from kernel.clock import now
from kernel.money import Money
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, lock, move, next_no, record

from . import rules
from .facts import ApplicationAccepted, ApplicationDeclined, ApplicationSubmitted
from .models import ChannelApplication
from .permissions import APPLY, DECIDE_APPLICATION


@transaction.atomic
def submit_application(
    *, actor: Actor, deal_class: str, volume: Money, has_debt: bool, unclear_regulation: bool, description: str, request_key: str
) -> ChannelApplication:
    """Hand in an application; `volume` is a year's, in yuan. Who is below the volume is told so, with the rule's name (M01, M19).

    Raises Denied, Refusal class_unknown, currency_unknown, description_refused, not_eligible, application_open, key_reused.
    """
    require(actor, APPLY)
    description = description.strip()
    inputs = {
        "class": deal_class, "volume": [volume.minor, volume.currency], "debt": has_debt, "unclear": unclear_regulation,
        "description": description,
    }  # fmt: skip
    claim = claim_key(request_key, verb="major_clients.submit_application", actor=actor, inputs=inputs)
    # The enterprise's row is the lock: two people of one firm cannot both apply.
    enterprise = lock(Enterprise.objects.all(), pk=actor.enterprise_id)
    if claim.result_id:
        return ChannelApplication.objects.get(pk=claim.result_id)
    rule = _eligible(deal_class, volume, description)
    if ChannelApplication.objects.own(actor).exclude(state="declined").exists():
        raise Refusal("application_open", _("Your enterprise already has an application that is under review or accepted."))
    application = ChannelApplication.objects.create(
        no=next_no("M", sequence="major_clients_application_no"), enterprise=enterprise,
        submitted_by_id=actor.user_id, deal_class=deal_class, volume_minor=volume.minor,
        currency=volume.currency, has_debt=has_debt, unclear_regulation=unclear_regulation, description=description, rule=rule.code,
        minimum_minor=rule.minimum.minor, submitted_at=now(),
    )  # fmt: skip
    value = ApplicationSubmitted(
        application_id=application.pk, no=application.no, enterprise_id=enterprise.pk, deal_class=deal_class, amount_minor=volume.minor,
        currency=volume.currency, rule=rule.code,
    )  # fmt: skip
    record(value, actor=actor, subject=application, chains=[enterprise.chain])
    claim.done(application.pk)
    return application


def _eligible(deal_class: str, volume: Money, description: str) -> rules.VolumeRule:
    rule = rules.rule_for(deal_class)
    if rule is None:
        raise Refusal("class_unknown", _("Choose what kind of deal it is."))
    if volume.currency != rule.minimum.currency:
        raise Refusal("currency_unknown", _("State the volume in yuan."))
    if refusal := rules.description_refusal(description):
        raise Refusal("description_refused", refusal)
    if not rule.met_by(volume):
        words = {"rule": rule.code, "class": rule.label, "minimum": f"{rule.minimum.decimal:,.0f}"}
        message = _("Not eligible: rule %(rule)s (%(class)s) asks for a volume of at least ¥%(minimum)s a year.") % words
        raise Refusal("not_eligible", message, rule=rule.code)
    return rule


@transaction.atomic
def accept_application(application_id: int, *, actor: Actor, reason: str, request_key: str) -> ChannelApplication:
    """Open the channel to the applicant (staff), with a reason on record.

    Raises Denied staff_permission_missing, own_enterprise; NotFound, IllegalMove, Refusal reason_missing, key_reused.
    """
    return _decide(application_id, "accept", ApplicationAccepted, actor, reason, request_key)


@transaction.atomic
def decline_application(application_id: int, *, actor: Actor, reason: str, request_key: str) -> ChannelApplication:
    """Decline an application (staff) with a reason that the applicant reads; it may apply again.

    Raises Denied staff_permission_missing, own_enterprise; NotFound, IllegalMove, Refusal reason_missing, key_reused.
    """
    return _decide(application_id, "decline", ApplicationDeclined, actor, reason, request_key)


def _decide(application_id: int, name: str, fact, actor: Actor, reason: str, request_key: str) -> ChannelApplication:
    require_staff(actor, DECIDE_APPLICATION)
    reason = reason.strip()
    inputs = {"application": application_id, "reason": reason}
    claim = claim_key(request_key, verb=f"major_clients.{name}_application", actor=actor, inputs=inputs)
    if claim.result_id:
        return ChannelApplication.objects.get(pk=claim.result_id)
    application = lock(ChannelApplication.objects.select_related("enterprise"), pk=application_id)
    if ever_belonged(actor, [application.enterprise_id]):
        raise Denied("own_enterprise", _("You belong to this enterprise, so a colleague must decide."))
    if not reason or len(reason) > rules.REASON_MAX:
        raise Refusal("reason_missing", _("Give a reason: the applicant reads it."))
    move(application, name, decision_reason=reason, decided_at=now(), decided_by_id=actor.user_id)
    value = fact(application_id=application.pk, no=application.no, enterprise_id=application.enterprise_id)
    changes = {"state": ["submitted", application.state]}
    record(value, actor=actor, subject=application, chains=[application.enterprise.chain], changes=changes)
    claim.done(application.pk)
    return application
