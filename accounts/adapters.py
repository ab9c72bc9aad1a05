"""allauth wears our rules: sub-accounts have no e-mail address, log-ins and new passwords are facts, links lead to our own address."""

from types import SimpleNamespace
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import EmailVerificationStage
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kernel.vault import seal, unseal

from .queries import ACTING_FOR, account_named, actor_for, has_second_factor, unverified_company
from .rules import FORMER, page_language
from .services import note_address_change, note_password_change, note_second_factor_change, record_login


class OwnEmailVerificationStage(EmailVerificationStage):
    """Verification for those who registered an address themselves; a sub-account's log-in was handed over by its main account."""

    def handle(self):
        # Nobody, when an address that is known already signs up again: that must look like any sign-up.
        if self.login.user and not self.login.user.email and self.login.user.is_sub_account:
            return None, True
        return super().handle()


class AccountAdapter(DefaultAccountAdapter):
    """Log-in, sign-up and password change as this house wants them."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("Too many failed attempts. Wait 5 minutes, then try again, or choose a new password by mail."),
        "rate_limited": _("Too many attempts. Wait 5 minutes, then try again."),
    }

    def _get_login_attempts_cache_key(self, request, **credentials):
        """Count wrong passwords by account, whichever of its names was typed and whatever Host the request named (P36)."""
        login = (credentials.get("email") or credentials.get("username") or "").strip().lower()
        known = account_named(login)
        return f"account:{known}" if known else f"login:{login}"

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
        """Send a mail in its reader's language; its links lead to SITE_URL, whatever Host the request named."""
        links = {name: _own_address(value) for name, value in context.items() if name.endswith("_url")}
        site = SimpleNamespace(domain=urlsplit(settings.SITE_URL).netloc, name=settings.BRAND["name"])
        reader = getattr(context.get("user"), "language", "")  # not that of whoever had it sent: staff, another page
        with translation.override(reader if reader in dict(settings.LANGUAGES) else translation.get_language()):
            super().send_mail(template_prefix, email, {**context, **links, "current_site": site})

    def send_account_already_exists_mail(self, email):
        """Tell the owner of a known address that somebody signed up with it; it takes as long as making an account (P36)."""
        make_password(email)
        super().send_account_already_exists_mail(email)

    def pre_login(self, request, user, **kwargs):
        """After the right password: where unverified companies are not let in, say the true reason instead (H11)."""
        if response := super().pre_login(request, user, **kwargs):
            return response
        kept_out = unverified_company(user)
        if kept_out is None:
            return None
        clear_login(request)
        return render(request, "account/not_verified.html", {"company": kept_out}, status=403)

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Write each change of a second factor or an address as a fact.

        A notice tells of second factors and passwords, so allauth's own mail is not sent for them; that another address receives the
        links is told to the old one, which no notice reaches any more.
        """
        what = template_prefix.rpartition("/")[2]
        if template_prefix.startswith("mfa/email/"):
            note_second_factor_change(what, actor=_actor(self.request, user))
        elif what in ("email_changed", "email_deleted"):
            note_address_change(what, actor=_actor(self.request, user))
            to = (context or {}).get("deleted_email") or email
            super().send_notification_mail(template_prefix, user, context, to)

    def post_login(self, request, user, **kwargs):
        """Write the log-in where the enterprise sees it (H17)."""
        actor = _actor(request, user)
        request.session.setdefault(ACTING_FOR, actor.enterprise_id)  # from now on only a choice changes it
        record_login(actor=actor)
        return super().post_login(request, user, **kwargs)

    def set_password(self, user, password):
        """Set a password and write that it happened."""
        with transaction.atomic():
            super().set_password(user, password)
            note_password_change(actor=_actor(self.request, user))

    def save_user(self, request, user, form, commit=True):
        """Keep a new person with the name they gave and the language they read."""
        user.display_name = form.cleaned_data.get("display_name", "")
        user.language = page_language()  # mails and notices come in the language of the page on which somebody signed up
        return super().save_user(request, user, form, commit)

    def populate_username(self, request, user):
        """Make the user name of somebody who registers by e-mail; nobody else sees it, and it has no slash."""
        if not user.username:
            name = user.email.partition("@")[0]
            user.username = self.generate_unique_username(["member" if name.lower().startswith(FORMER) else name, "member"])


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors: their secrets sealed in the database, named after this house, never given up by staff."""

    def get_totp_issuer(self):
        """The name that the authenticator app shows."""
        return str(settings.BRAND["name"])

    def encrypt(self, text):
        """Seal a secret as everything that must not be read from a copy of the database."""
        return seal(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text):
        """Open a sealed secret."""
        return unseal(encrypted_text.encode("ascii")).decode()

    def can_delete_authenticator(self, authenticator):
        """Staff keep at least one second factor while they are staff."""
        if not (settings.STAFF_SECOND_FACTOR and authenticator.user.is_staff):
            return True
        return has_second_factor(authenticator.user, besides=authenticator.pk)


def _own_address(url: str) -> str:
    parts, own = urlsplit(url), urlsplit(settings.SITE_URL)
    return parts._replace(scheme=own.scheme, netloc=own.netloc).geturl()


def _actor(request, user):
    prefer = request.session.get(ACTING_FOR) if request and hasattr(request, "session") else None
    ip = request.META.get("REMOTE_ADDR", "") if request else ""
    return actor_for(user, prefer=prefer, request_id=getattr(request, "request_id", ""), ip=ip)
