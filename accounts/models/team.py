import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.machines import state_check, state_field, state_moves
from kernel.vault import SealedTextField

from ..states import APPROVAL
from .enterprises import Enterprise
from .people import Membership


def of_one_company(enterprises: str) -> pgtrigger.Trigger:
    """Make the trigger that refuses a row whose people belong to more than one enterprise; the SQL names the enterprises."""
    refuse = "RAISE EXCEPTION 'people of two enterprises' USING ERRCODE = 'check_violation', CONSTRAINT = 'of_one_company'"
    return pgtrigger.Trigger(
        name="of_one_company", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"IF (SELECT count(DISTINCT enterprise_id) > 1 FROM ({enterprises}) AS named) THEN {refuse}; END IF; RETURN NEW;",  # noqa: S608
    )  # fmt: skip


class SpendingLimit(models.Model):
    """How much a sub-account may commit the enterprise to, in CNY fen; the row is the lock under which its period is summed."""

    PERIODS = [("day", _("a day")), ("month", _("a month"))]
    membership = models.OneToOneField(Membership, on_delete=models.PROTECT, related_name="limit")
    per_order_minor = models.BigIntegerField(_("per order"), null=True, blank=True)
    per_period_minor = models.BigIntegerField(_("per period"), null=True, blank=True)
    period = models.CharField(_("period"), max_length=5, choices=PERIODS, default="month")
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("spending limit")
        verbose_name_plural = _("spending limits")
        constraints = [
            models.CheckConstraint(
                condition=(Q(per_order_minor=None) | Q(per_order_minor__gte=0)) & (Q(per_period_minor=None) | Q(per_period_minor__gte=0)),
                name="spending_limit_not_negative",
            ),
            models.CheckConstraint(condition=Q(period__in=["day", "month"]), name="spending_limit_period"),
        ]
        triggers = [pgtrigger.ReadOnly(name="limit_stays_with_its_person", fields=["membership"])]

    def __str__(self):
        return f"limit of {self.membership_id}"


class Spending(models.Model):
    """What one person committed the enterprise to with one act; counted once per subject, given back when the trade dies."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="spendings")
    subject = models.CharField(max_length=64)  # orders.order:17
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField()
    given_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("spending")
        verbose_name_plural = _("spendings")
        constraints = [
            models.UniqueConstraint(fields=["membership", "subject"], name="spending_once"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="spending_not_negative"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="spending_stays", fields=["membership", "subject", "amount_minor", "at"]),
            pgtrigger.Protect(name="spending_is_kept", operation=pgtrigger.Delete),
        ]
        indexes = [models.Index(fields=["membership", "at"], name="spending_of_period")]

    def __str__(self):
        return f"{self.amount_minor} for {self.subject}"


class ApprovalRule(models.Model):
    """Above this value (CNY fen) a sub-account's commitment needs somebody who may approve."""

    enterprise = models.OneToOneField(Enterprise, on_delete=models.PROTECT, related_name="approval_rule")
    above_minor = models.BigIntegerField(_("approval needed above"))
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("approval rule")
        verbose_name_plural = _("approval rules")
        constraints = [models.CheckConstraint(condition=Q(above_minor__gte=0), name="approval_rule_not_negative")]

    def __str__(self):
        return f"above {self.above_minor}"


class Approval(models.Model):
    """A request inside an enterprise to allow one act on one version of one object; used once."""

    MACHINE = APPROVAL

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="approvals")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="approvals_asked")
    verb = models.CharField(max_length=60)  # capability name, orders.answer_proposal
    subject = models.CharField(max_length=64)  # orders.order:17
    terms = models.CharField(max_length=64)  # hash of what was asked: another version needs another approval
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")  # of acts in another currency the value is not known in yuan
    why = models.CharField(max_length=24)  # over_order_limit, over_period_limit, above_threshold, other_currency
    asked = SealedTextField(blank=True)  # what the approver reads and the form that waits, as JSON: it may name people
    note = models.CharField(_("note"), max_length=400, blank=True)
    state = state_field(APPROVAL)
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="approvals_decided")
    for_whom = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")  # the absent approver
    decision_note = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "verb", "subject"], condition=Q(state__in=["requested", "approved"]), name="one_open_approval"
            ),
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=F("membership")), name="nobody_approves_own_request"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "used", "rejected"]) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="decided_approval_has_decider",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="approval_amount_not_negative"),
            models.CheckConstraint(condition=~Q(state="used") | Q(used_at__isnull=False), name="used_approval_has_time"),
            models.CheckConstraint(condition=Q(for_whom=None) | ~Q(for_whom=F("membership")), name="nobody_approves_for_the_asker"),
            state_check(APPROVAL, "approval_state"),
        ]
        triggers = [
            state_moves(APPROVAL),
            pgtrigger.ReadOnly(
                name="request_stays",
                fields=["enterprise", "membership", "verb", "subject", "terms", "amount_minor", "currency", "why", "created_at"],
            ),
            of_one_company(
                "SELECT NEW.enterprise_id AS enterprise_id UNION SELECT enterprise_id FROM accounts_membership"
                " WHERE id IN (NEW.membership_id, NEW.decided_by_id, NEW.for_whom_id)"
            ),
        ]
        indexes = [models.Index(fields=["enterprise", "-id"], name="approval_of_enterprise")]

    def __str__(self):
        return f"{self.verb} {self.subject}"


class Delegation(models.Model):
    """An approver's absence: from one day to another (inclusive, Shanghai dates) somebody else approves in their place."""

    giver = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="delegations_given")
    taker = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="delegations_taken")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="delegation_dates_in_order"),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="delegation_to_another"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="delegation_stays", fields=["giver", "taker", "starts_on", "ends_on", "created_at"]),
            of_one_company("SELECT enterprise_id FROM accounts_membership WHERE id IN (NEW.giver_id, NEW.taker_id)"),
        ]

    def __str__(self):
        return f"{self.giver_id} to {self.taker_id}"


class Invitation(models.Model):
    """An invitation by e-mail to join an enterprise's team with these permissions; only the token's digest is kept."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="invitations")
    email = SealedTextField(_("e-mail address"), blank=True)
    email_digest = models.CharField(max_length=64)
    token_digest = models.CharField(max_length=64, unique=True)
    display_name = models.CharField(_("name"), max_length=60, blank=True)
    boxes = models.JSONField(_("permissions"), default=list)
    invited_by_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    membership = models.OneToOneField(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="invitation")

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "email_digest"], condition=Q(accepted_at=None, revoked_at=None), name="one_open_invitation"
            ),
            models.CheckConstraint(condition=Q(accepted_at=None) | Q(membership__isnull=False), name="accepted_invitation_has_member"),
            models.CheckConstraint(condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitation_ends_once"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="invitation_expires_later"),
        ]
        triggers = [pgtrigger.ReadOnly(name="invitation_stays", fields=["enterprise", "email_digest", "boxes", "created_at"])]

    def __str__(self):
        return f"invitation {self.pk}"
