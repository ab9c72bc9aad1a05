"""Who belongs to the staff; decided by whoever may change people, never about oneself."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.chains import PLATFORM
from kernel.refusals import Refusal
from kernel.services import claim_key, lock, record

from ..actors import require_staff
from ..facts import ResetLinkSent, StaffRightsSet
from ..models import User

VIEW_PEOPLE, CHANGE_PEOPLE = "accounts.view_user", "accounts.change_user"


@transaction.atomic
def set_staff(user_id: int, *, is_staff: bool, groups: Iterable[str], actor, request_key: str) -> User:
    """Make somebody a member of staff with exactly these groups, or no longer; it bites at their next request (P14).

    Raises Denied without accounts.change_user; Refusal own_rights, sub_account, group_unknown, key_reused, NotFound.
    """
    require_staff(actor, CHANGE_PEOPLE)
    groups = sorted(set(groups))
    inputs = {"user": user_id, "is_staff": is_staff, "groups": groups}
    claim = claim_key(request_key, verb="accounts.set_staff", actor=actor, inputs=inputs)
    if claim.result_id:
        return User.objects.get(pk=claim.result_id)
    user = lock(User.objects.all(), pk=user_id)
    if user.pk == actor.user_id:
        raise Refusal("own_rights", _("Nobody changes their own rights. Ask another administrator."))
    if is_staff and (not user.email or user.is_sub_account):
        raise Refusal("sub_account", _("A sub-account belongs to its company and cannot be staff."))
    wanted = groups if is_staff else []
    rows = list(Group.objects.filter(name__in=wanted))
    if len(rows) != len(wanted):
        raise Refusal("group_unknown", _("There is no such group."))
    before = [user.is_staff, sorted(user.groups.values_list("name", flat=True))]
    User.objects.filter(pk=user.pk).update(is_staff=is_staff)
    user.groups.set(rows)
    changes = {"is_staff": [before[0], is_staff], "groups": [before[1], wanted]}
    record(StaffRightsSet(user_id=user.pk, is_staff=is_staff, groups=wanted), actor=actor, subject=user, chains=[PLATFORM], changes=changes)
    user.is_staff = is_staff
    claim.done(user.pk)
    return user


@transaction.atomic
def note_reset_link(user_id: int, *, actor, request_key: str) -> str:
    """Write that the staff had a reset link sent, and answer with the address it may go to: the person's own.

    The same request_key answers with an empty address: that mail is on its way already. Raises Denied without accounts.view_user;
    Refusal no_email for sub-accounts, whose main account sets a new password; key_reused, NotFound.
    """
    require_staff(actor, VIEW_PEOPLE)
    claim = claim_key(request_key, verb="accounts.note_reset_link", actor=actor, inputs={"user": user_id})
    if claim.result_id:
        return ""
    user = lock(User.objects.all(), pk=user_id)
    if not user.email or not user.is_active:
        raise Refusal("no_email", _("No link can be sent: a sub-account's password is reset by its main account."))
    record(ResetLinkSent(user_id=user.pk), actor=actor, subject=user, chains=[PLATFORM])
    claim.done(user.pk)
    return user.email
