"""Sub-accounts: made, given permissions, given a new password and ended by those who may manage the team (H15, H16)."""

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.refusals import Denied, KeyReused, Refusal
from kernel.services import claim_key, lock, record

from .. import queries, rules
from ..actors import require
from ..facts import BoxesChanged, SecondFactorChanged, SubAccountCreated, SubAccountEnded, SubAccountPasswordSet
from ..models import Enterprise, EnterpriseUserObjectPermission, Membership, User
from ..permissions import MANAGE_TEAM
from .approvals import withdraw_requests_of
from .limits import check_limit_reach, inherit_limit


@transaction.atomic
def create_sub_account(*, username: str, display_name: str, password: str, boxes: Iterable[str], actor, request_key: str) -> Membership:
    """Make a log-in `handle/username` with permissions for the actor's enterprise (H15).

    Raises Refusal: username_invalid, username_taken, password_weak, boxes_invalid; Denied: capability_missing, beyond_own_boxes.
    """
    require(actor, MANAGE_TEAM)
    wanted, username = sorted(set(boxes)), username.strip().lower()
    inputs = {"username": username, "display_name": display_name, "boxes": wanted}  # never the password: inputs are hashed and kept
    claim = claim_key(request_key, verb="accounts.create_sub_account", actor=actor, inputs=inputs)
    if claim.result_id:
        return _same_password(claim.result_id, password)
    check_names(username=username, boxes=wanted)
    check_reach(wanted, actor=actor)
    enterprise = lock(Enterprise.objects.filter(pk=actor.enterprise_id), pk=actor.enterprise_id)
    user = User(username=f"{enterprise.handle}/{username}", display_name=display_name.strip()[:60], language=rules.page_language())
    _set_password(user, password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Refusal("username_taken", _("This user name is taken in your company. Choose another.")) from error
    membership = Membership.objects.create(user=user, enterprise=enterprise, created_at=now(), **sight_of(actor=actor))
    grant_boxes(membership, wanted)
    inherit_limit(membership, giver=actor, actor=actor)
    fact = SubAccountCreated(enterprise_id=enterprise.pk, membership_id=membership.pk, boxes=wanted)
    record(fact, actor=actor, subject=membership, chains=[enterprise.chain], changes={"boxes": [[], wanted]})
    claim.done(membership.pk)
    return membership


@transaction.atomic
def set_boxes(membership_id: int, *, boxes: Iterable[str], actor, request_key: str) -> Membership:
    """Give a sub-account exactly these permissions, from its next request on (H16, P14). Raises as create_sub_account, and NotFound."""
    wanted = set(boxes)
    claim = claim_team("set_boxes", actor=actor, request_key=request_key, membership=membership_id, boxes=sorted(wanted))
    if claim.result_id:
        return Membership.objects.get(pk=claim.result_id)
    membership, held = own_sub_account(membership_id, actor=actor)
    check_names(boxes=wanted)
    check_reach(wanted ^ held, actor=actor)
    claim.done(membership.pk)
    if wanted == held:
        return membership
    _held_rows(membership).exclude(permission__codename__in=wanted).delete()
    grant_boxes(membership, wanted - held)
    fact = BoxesChanged(enterprise_id=membership.enterprise_id, membership_id=membership.pk)
    record(fact, actor=actor, subject=membership, chains=[actor.acting_for], changes={"boxes": [sorted(held), sorted(wanted)]})
    return membership


@transaction.atomic
def set_sub_account_password(
    membership_id: int, *, password: str, drop_factors: bool = False, actor, request_key: str
) -> Membership:  # fmt: skip
    """Give a sub-account a new password; its sessions end (decision 19), and if wanted its second factors go: the phone is lost.

    Raises Refusal password_weak, Denied beyond_own_boxes.
    """
    claim = claim_team(
        "set_sub_account_password", actor=actor, request_key=request_key, membership=membership_id, drop_factors=drop_factors
    )
    if claim.result_id:
        return _same_password(claim.result_id, password)
    membership, held = own_sub_account(membership_id, actor=actor)
    check_reach(held, actor=actor)  # whoever can set a password can log in with it
    check_limit_reach(membership, actor=actor)
    if not actor.is_main and queries.stands_in_beyond(membership, actor):
        raise Denied("beyond_own_limit", _("This person stands in for somebody who may approve more than you. Ask the main account."))
    if any(sight_of(actor=actor).values()):
        raise Denied("beyond_own_sight", _("You see only some of the company's listings or orders. Ask the main account to do this."))
    user = membership.user
    if not user.is_sub_account or user.is_staff:
        raise Denied("own_log_in", _("This person logs in with an own e-mail address and resets the password there."))
    _set_password(user, password)
    user.save(update_fields=["password"])
    if drop_factors and (factors := Authenticator.objects.filter(user=user)).exists():
        factors.delete()
        record(SecondFactorChanged(user_id=user.pk, what="removed"), actor=actor, subject=user, chains=[actor.acting_for])
    fact = SubAccountPasswordSet(enterprise_id=membership.enterprise_id, membership_id=membership.pk)
    record(fact, actor=actor, subject=membership, chains=[actor.acting_for])
    claim.done(membership.pk)
    return membership


@transaction.atomic
def end_sub_account(membership_id: int, *, actor, request_key: str) -> Membership:
    """End a sub-account: the next request of any of its sessions is refused (P14); what it did stays in the log."""
    claim = claim_team("end_sub_account", actor=actor, request_key=request_key, membership=membership_id)
    if claim.result_id:
        return Membership.objects.get(pk=claim.result_id)
    membership, held = own_sub_account(membership_id, actor=actor)
    check_reach(held, actor=actor)
    Membership.objects.filter(pk=membership.pk).update(ended_at=now())
    _held_rows(membership).delete()
    withdraw_requests_of(membership, actor=actor)
    if membership.user.is_sub_account:  # a person with a log-in of their own keeps it
        User.objects.filter(pk=membership.user_id).update(is_active=False)
    fact = SubAccountEnded(enterprise_id=membership.enterprise_id, membership_id=membership.pk)
    record(fact, actor=actor, subject=membership, chains=[actor.acting_for], changes={"boxes": [sorted(held), []]})
    claim.done(membership.pk)
    return membership


def claim_team(verb: str, *, actor, request_key: str, **inputs):
    """Claim the key of an act upon the team; raises Denied without the team box, and as `claim_key`."""
    require(actor, MANAGE_TEAM)
    return claim_key(request_key, verb=f"accounts.{verb}", actor=actor, inputs=inputs)


def _same_password(membership_id: int, password: str) -> Membership:
    """The membership an earlier request made or changed; another password under the same key is another request."""
    membership = Membership.objects.select_related("user").get(pk=membership_id)
    if not membership.user.check_password(password):
        raise KeyReused()
    return membership


def own_sub_account(membership_id: int, *, actor) -> tuple[Membership, set[str]]:
    """Lock a sub-account of the actor's enterprise, with the boxes it holds; raises NotFound, Denied own_account for the actor's own."""
    require(actor, MANAGE_TEAM)
    rows = Membership.objects.own(actor).filter(is_main=False).select_related("user")
    membership = lock(rows, pk=membership_id)
    if membership.user_id == actor.user_id:
        raise Denied("own_account", _("Nobody changes their own permissions. Ask the main account."))
    return membership, set(_held_rows(membership).values_list("permission__codename", flat=True))


def _held_rows(membership: Membership):
    return EnterpriseUserObjectPermission.objects.filter(user_id=membership.user_id, content_object_id=membership.enterprise_id)


def grant_boxes(membership: Membership, boxes: Iterable[str]) -> None:
    """Let a membership hold these boxes as well; whether the giver may has been checked."""
    permissions = Permission.objects.filter(content_type__app_label="accounts", content_type__model="enterprise", codename__in=boxes)
    place = {"user_id": membership.user_id, "content_object_id": membership.enterprise_id}
    rows = [EnterpriseUserObjectPermission(**place, permission=permission) for permission in permissions]
    EnterpriseUserObjectPermission.objects.bulk_create(rows)


def check_names(*, boxes: Iterable[str], username: str | None = None) -> None:
    """Pass, or raise Refusal boxes_invalid, username_invalid."""
    if username is not None and (problem := rules.username_problem(username)):
        raise Refusal("username_invalid", problem)
    if problem := rules.boxes_problem(boxes):
        raise Refusal("boxes_invalid", problem)


def check_reach(touched: Iterable[str], *, actor) -> None:
    """Pass, or raise Denied beyond_own_boxes when boxes are touched that the actor does not hold."""
    if not rules.may_manage(actor.boxes, actor.is_main, touched):
        raise Denied("beyond_own_boxes", _("You can only manage permissions that you hold yourself. Ask the main account."))


def sight_of(*, actor) -> dict[str, bool]:
    """What a new member's sight is narrowed to at least: nobody lets somebody in who sees more than they do."""
    narrowed = {"only_granted_listings": actor.only_granted_listings, "only_granted_orders": actor.only_granted_orders}
    return dict.fromkeys(narrowed, False) if actor.is_main else narrowed


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user=user)
    except ValidationError as error:
        raise Refusal("password_weak", " ".join(error.messages)) from error
    user.set_password(password)
