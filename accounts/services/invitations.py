"""Invitations to a team by e-mail: for people with a log-in of their own, who may belong to several companies (H15)."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kernel.chains import person_chain
from kernel.clock import now
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import claim_key, lock, record
from kernel.vault import digest

from ..actors import Actor, require
from ..facts import InvitationAccepted, InvitationRevoked, InvitationSent
from ..models import Enterprise, Invitation, Membership, User
from ..permissions import MANAGE_TEAM
from ..queries import actor_for
from .limits import inherit_limit
from .team import check_names, check_reach, grant_boxes, sight_of

LIFETIME = timedelta(days=7)
PAUSE = timedelta(minutes=10)  # between two mails of one invitation
A_DAY = 30  # invitations of one enterprise within 24 hours: it is a way to make us send mail to strangers


@transaction.atomic
def invite(*, email: str, display_name: str, boxes: Iterable[str], actor, request_key: str) -> Invitation:
    """Invite somebody by mail to join the actor's team with these permissions; the link holds 7 days and works once (H15).

    Whether the address has an account here makes no difference to the answer (P36). Raises Refusal: email_invalid, boxes_invalid,
    already_member, already_invited, too_many_invitations; Denied: capability_missing, beyond_own_boxes.
    """
    require(actor, MANAGE_TEAM)
    wanted, email = sorted(set(boxes)), email.strip().lower()
    inputs = {"email": digest(email), "display_name": display_name, "boxes": wanted}
    claim = claim_key(request_key, verb="accounts.invite", actor=actor, inputs=inputs)
    if claim.result_id:
        return Invitation.objects.get(pk=claim.result_id)
    _check_address(email)
    check_names(boxes=wanted)
    check_reach(wanted, actor=actor)
    enterprise = lock(Enterprise.objects.filter(pk=actor.enterprise_id), pk=actor.enterprise_id)
    _refuse(enterprise, email)
    until = now() + LIFETIME
    invitation = Invitation.objects.create(
        enterprise=enterprise, email=email, email_digest=digest(email), display_name=display_name.strip()[:60], boxes=wanted,
        token_digest=_hashed(_token(enterprise.pk, digest(email), until)), invited_by_id=actor.user_id, created_at=now(), expires_at=until,
    )  # fmt: skip
    fact = InvitationSent(enterprise_id=enterprise.pk, invitation_id=invitation.pk, boxes=wanted)
    record(fact, actor=actor, subject=invitation, chains=[enterprise.chain], changes={"boxes": [[], wanted]})
    claim.done(invitation.pk)
    return invitation


def _check_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refusal("email_invalid", error.messages[0]) from error
    if len(email) > 254:
        raise Refusal("email_invalid", _("The address is too long."))


def _refuse(enterprise: Enterprise, email: str) -> None:
    """Under the enterprise's lock: who is in the team already, who holds an open invitation, and how many mails a day."""
    if Membership.objects.filter(enterprise=enterprise, ended_at=None, user__email__iexact=email).exists():
        raise Refusal("already_member", _("Somebody with this address is in your team already."))
    waiting = Invitation.objects.filter(enterprise=enterprise, email_digest=digest(email), accepted_at=None, revoked_at=None)
    if waiting.filter(expires_at__gt=now()).exists():
        raise Refusal("already_invited", _("This address holds an open invitation. Send that one again, or withdraw it first."))
    waiting.update(revoked_at=now())  # run out: the new one takes its place
    if Invitation.objects.filter(enterprise=enterprise, created_at__gt=now() - timedelta(days=1)).count() >= A_DAY:
        raise Refusal("too_many_invitations", _("Your company has sent %(n)s invitations within a day. Go on tomorrow.") % {"n": A_DAY})


@transaction.atomic
def resend_invitation(invitation_id: int, *, actor, request_key: str) -> Invitation:
    """Send an open invitation again with a new link for 7 days; the old link is dead.

    Raises NotFound; Denied beyond_own_boxes; Refusal invitation_closed, too_soon.
    """
    claim, invitation = _claimed(invitation_id, "resend_invitation", actor, request_key)
    if claim.result_id:
        return invitation
    if now() < invitation.expires_at - LIFETIME + PAUSE:
        raise Refusal("too_soon", _("This invitation was sent a moment ago. Wait ten minutes before you send it again."))
    until = now() + LIFETIME
    invitation.expires_at, invitation.invited_by_id = until, actor.user_id
    invitation.token_digest = _hashed(_token(invitation.enterprise_id, invitation.email_digest, until))
    invitation.save(update_fields=["expires_at", "invited_by_id", "token_digest"])
    fact = InvitationSent(enterprise_id=invitation.enterprise_id, invitation_id=invitation.pk, boxes=invitation.boxes, again=True)
    record(fact, actor=actor, subject=invitation, chains=[actor.acting_for])
    claim.done(invitation.pk)
    return invitation


@transaction.atomic
def revoke_invitation(invitation_id: int, *, actor, request_key: str) -> Invitation:
    """Withdraw an open invitation: its link is dead from now on. Raises NotFound; Denied; Refusal invitation_closed."""
    claim, invitation = _claimed(invitation_id, "revoke_invitation", actor, request_key)
    if claim.result_id:
        return invitation
    invitation.revoked_at = now()
    invitation.save(update_fields=["revoked_at"])
    fact = InvitationRevoked(enterprise_id=invitation.enterprise_id, invitation_id=invitation.pk)
    record(fact, actor=actor, subject=invitation, chains=[actor.acting_for])
    claim.done(invitation.pk)
    return invitation


def _claimed(invitation_id: int, verb: str, actor, request_key: str):
    require(actor, MANAGE_TEAM)
    claim = claim_key(request_key, verb=f"accounts.{verb}", actor=actor, inputs={"invitation": invitation_id})
    own = Invitation.objects.filter(enterprise_id=actor.enterprise_id)
    if claim.result_id:
        return claim, own.get(pk=claim.result_id)
    invitation = lock(own, pk=invitation_id)
    check_reach(invitation.boxes, actor=actor)
    if invitation.accepted_at or invitation.revoked_at:
        raise Refusal("invitation_closed", _("This invitation was accepted or withdrawn meanwhile."))
    return claim, invitation


@transaction.atomic
def accept_invitation(token: str, *, actor, request_key: str) -> Membership:
    """Join the team that invited; the person acts for it from now on. The link works once, for whoever owns the address it was sent to.

    What the inviter may no longer give is not given: the permissions are checked again (P14). Raises NotFound for every dead link;
    Denied: not_logged_in, sub_account, other_address; Refusal: already_member, invitation_stale.
    """
    if not actor.user_id:
        raise Denied("not_logged_in", _("Log in first."))
    person = Actor("person", actor.user_id, request_id=actor.request_id, ip=actor.ip)  # whatever they act for elsewhere
    claim = claim_key(request_key, verb="accounts.accept_invitation", actor=person, inputs={"token": _hashed(token)})
    if claim.result_id:
        return Membership.objects.get(pk=claim.result_id)
    found = Invitation.objects.filter(token_digest=_hashed(token)).only("enterprise_id").first()
    if found is None:
        raise NotFound()
    enterprise = lock(Enterprise.objects.all(), pk=found.enterprise_id)
    open_ones = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=now())
    invitation = lock(open_ones, token_digest=_hashed(token))
    user = _joiner(invitation, person)
    giver = _inviter_still_may(invitation)
    membership = Membership.objects.create(user=user, enterprise=enterprise, created_at=now(), **sight_of(actor=giver))
    grant_boxes(membership, invitation.boxes)
    invitation.accepted_at, invitation.membership = now(), membership
    invitation.email = invitation.display_name = ""  # the address stays with its owner, and so does the name
    invitation.save(update_fields=["accepted_at", "membership", "email", "display_name"])
    fact = InvitationAccepted(enterprise_id=enterprise.pk, invitation_id=invitation.pk, membership_id=membership.pk, boxes=invitation.boxes)
    chains = [enterprise.chain, person_chain(user.pk)]
    record(fact, actor=person, subject=membership, chains=chains, changes={"boxes": [[], invitation.boxes]})
    inherit_limit(membership, giver=giver, actor=person)
    claim.done(membership.pk)
    return membership


def _joiner(invitation: Invitation, person: Actor) -> User:
    user = lock(User.objects.filter(is_active=True), pk=person.user_id)
    if user.is_sub_account:
        raise Denied("sub_account", _("A sub-account belongs to its company alone. Use a log-in with your own e-mail address."))
    if invitation.email_digest not in {digest(address) for address in verified_addresses(user.pk)}:
        raise Denied(
            "other_address",
            _("This invitation was sent to another address. Add that address to your log-in and confirm it, or log in as its owner."),
        )
    if Membership.objects.filter(user=user, enterprise_id=invitation.enterprise_id, ended_at=None).exists():
        raise Refusal("already_member", _("You belong to this company already."))
    return user


def verified_addresses(user_id: int) -> list[str]:
    """The confirmed e-mail addresses of a person, in lower case."""
    rows = EmailAddress.objects.filter(user_id=user_id, verified=True)
    return [address.lower() for address in rows.values_list("email", flat=True)]


def _inviter_still_may(invitation: Invitation) -> Actor:
    inviter = User.objects.get(pk=invitation.invited_by_id)
    giver = actor_for(inviter, prefer=invitation.enterprise_id)
    reach = giver.is_main or set(invitation.boxes) <= giver.boxes
    if giver.enterprise_id != invitation.enterprise_id or not giver.can(MANAGE_TEAM) or not reach:
        raise Refusal("invitation_stale", _("Who invited you may no longer give these permissions. Ask the company for a new invitation."))
    return giver


def mail_invitation(invitation_id: int, *, page: Callable[[str], str]) -> bool:
    """Send the link of an open invitation to its address, in Chinese and English; False when it is no longer open.

    `page` makes the path of the page that takes a token. The link is computed, not kept: a copy of the database opens nothing without
    the keys.
    """
    invitation = Invitation.objects.select_related("enterprise").get(pk=invitation_id)
    if invitation.accepted_at or invitation.revoked_at or invitation.expires_at <= now():
        return False
    token = _token(invitation.enterprise_id, invitation.email_digest, invitation.expires_at)
    firm = invitation.enterprise
    context = {"url": settings.SITE_URL + page(token), "brand": settings.BRAND, "days": LIFETIME.days}
    bodies, subjects = [], []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            named = {**context, "firm": firm.local_name(language)}
            bodies.append(render_to_string("accounts/invitation_mail.txt", named).strip())
            subjects.append(str(_("%(firm)s invites you to its team") % {"firm": named["firm"]}))
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    headers = {"Message-ID": f"<invitation-{invitation.pk}-{int(invitation.expires_at.timestamp())}@{domain}>"}
    subject = " / ".join(dict.fromkeys(" ".join(text.split()) for text in subjects))[:150]
    EmailMessage(subject, "\n\n----\n\n".join(bodies) + "\n", to=[invitation.email], headers=headers).send()
    return True


def _token(enterprise_id: int, email_digest: str, expires_at) -> str:
    """The secret of an invitation's link: 256 bits under the house's key, another one each time it is sent."""
    return digest(f"invitation|{enterprise_id}|{email_digest}|{expires_at.astimezone(UTC).isoformat()}")


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
