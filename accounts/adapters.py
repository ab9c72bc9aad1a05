"""allauth wears our rules: sub-accounts have no e-mail address to verify, and every log-in and new password is a fact."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import EmailVerificationStage
from django.db import transaction

from .queries import ACTING_FOR, actor_for
from .services import note_password_change, record_login


class OwnEmailVerificationStage(EmailVerificationStage):
    """Verification for those who registered an address themselves; a sub-account's log-in was handed over by its main account."""

    def handle(self):
        if not self.login.user.email and "/" in self.login.user.username:
            return None, True
        return super().handle()


class AccountAdapter(DefaultAccountAdapter):
    """Log-in, sign-up and password change as this house wants them."""

    def get_login_stages(self):
        """allauth's stages with our own verification (decision 19)."""
        ours = f"{OwnEmailVerificationStage.__module__}.{OwnEmailVerificationStage.__name__}"
        theirs = "allauth.account.stages.EmailVerificationStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def post_login(self, request, user, **kwargs):
        """Write the log-in where the enterprise sees it (H17)."""
        record_login(actor=_actor(request, user))
        return super().post_login(request, user, **kwargs)

    def set_password(self, user, password):
        """Set a password and write that it happened."""
        with transaction.atomic():
            super().set_password(user, password)
            note_password_change(actor=_actor(self.request, user))

    def populate_username(self, request, user):
        """Make the user name of somebody who registers by e-mail; nobody else sees it, and it has no slash."""
        if not user.username:
            user.username = self.generate_unique_username([user.email.partition("@")[0], "member"])


def _actor(request, user):
    prefer = request.session.get(ACTING_FOR) if request and hasattr(request, "session") else None
    ip = request.META.get("REMOTE_ADDR", "") if request else ""
    return actor_for(user, prefer=prefer, request_id=getattr(request, "request_id", ""), ip=ip)
