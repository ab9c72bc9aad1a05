"""allauth wears our rules: sub-accounts have no e-mail address, log-ins and new passwords are facts, links lead to our own address."""

from types import SimpleNamespace
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import EmailVerificationStage
from django.conf import settings
from django.db import transaction

from .queries import ACTING_FOR, actor_for
from .services import note_password_change, record_login


class OwnEmailVerificationStage(EmailVerificationStage):
    """Verification for those who registered an address themselves; a sub-account's log-in was handed over by its main account."""

    def handle(self):
        if not self.login.user.email and self.login.user.is_sub_account:
            return None, True
        return super().handle()


class AccountAdapter(DefaultAccountAdapter):
    """Log-in, sign-up and password change as this house wants them."""

    def get_login_stages(self):
        """allauth's stages with our own verification (decision 19)."""
        ours = f"{OwnEmailVerificationStage.__module__}.{OwnEmailVerificationStage.__name__}"
        theirs = "allauth.account.stages.EmailVerificationStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def authenticate(self, request, **credentials):
        """Check a log-in; an address is tried once, as an address: twice would tell by the time taken who is a member (P36)."""
        if credentials.get("email"):
            credentials.pop("username", None)
        return super().authenticate(request, **credentials)

    def send_mail(self, template_prefix, email, context):
        """Send a mail whose links lead to SITE_URL, whatever Host the request named."""
        links = {name: _own_address(value) for name, value in context.items() if name.endswith("_url")}
        site = SimpleNamespace(domain=urlsplit(settings.SITE_URL).netloc, name=settings.BRAND["name"])
        super().send_mail(template_prefix, email, {**context, **links, "current_site": site})

    def post_login(self, request, user, **kwargs):
        """Write the log-in where the enterprise sees it (H17)."""
        record_login(actor=_actor(request, user))
        return super().post_login(request, user, **kwargs)

    def set_password(self, user, password):
        """Set a password and write that it happened."""
        with transaction.atomic():
            super().set_password(user, password)
            note_password_change(actor=_actor(self.request, user))

    def save_user(self, request, user, form, commit=True):
        """Keep a new person with the name they gave."""
        user.display_name = form.cleaned_data.get("display_name", "")
        return super().save_user(request, user, form, commit)

    def populate_username(self, request, user):
        """Make the user name of somebody who registers by e-mail; nobody else sees it, and it has no slash."""
        if not user.username:
            user.username = self.generate_unique_username([user.email.partition("@")[0], "member"])


def _own_address(url: str) -> str:
    parts, own = urlsplit(url), urlsplit(settings.SITE_URL)
    return parts._replace(scheme=own.scheme, netloc=own.netloc).geturl()


def _actor(request, user):
    prefer = request.session.get(ACTING_FOR) if request and hasattr(request, "session") else None
    ip = request.META.get("REMOTE_ADDR", "") if request else ""
    return actor_for(user, prefer=prefer, request_id=getattr(request, "request_id", ""), ip=ip)
