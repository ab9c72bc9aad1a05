from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import EmailVerificationStage
from django.db import transaction

from . import services
from .queries import ACTING_FOR, actor_for


class EmailUnlessSubAccount(EmailVerificationStage):
    """The confirmed e-mail address that everybody needs, except sub-accounts, which have none (decision 19)."""

    def handle(self):
        if self.login.user and not self.login.user.email:
            return None, True
        return super().handle()


class AccountAdapter(DefaultAccountAdapter):
    """allauth's rules with ours: sub-accounts need no e-mail, log-ins and password changes are facts."""

    def get_login_stages(self):
        ours = f"{EmailUnlessSubAccount.__module__}.{EmailUnlessSubAccount.__name__}"
        theirs = f"{EmailVerificationStage.__module__}.{EmailVerificationStage.__name__}"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def post_login(self, request, user, **kwargs):
        services.record_login(actor=_actor(request, user))
        return super().post_login(request, user, **kwargs)

    def set_password(self, user, password):
        with transaction.atomic():
            super().set_password(user, password)
            services.note_password_change(actor=_actor(self.request, user))


def _actor(request, user):
    prefer = request.session.get(ACTING_FOR)
    return actor_for(user, prefer=prefer, request_id=request.request_id, ip=request.META.get("REMOTE_ADDR", ""))
