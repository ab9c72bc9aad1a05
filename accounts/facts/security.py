from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("accounts.second_factor_changed", label=_("Second factor changed"))
class SecondFactorChanged:
    user_id: int
    what: str  # totp_activated, totp_deactivated, webauthn_added, webauthn_removed, recovery_codes_generated


@fact("accounts.session_ended", label=_("Logged out on another device"))
class SessionEnded:
    user_id: int
    session_id: int


@fact("accounts.language_chosen", label=_("Language of mail chosen"))
class LanguageChosen:
    user_id: int
    language: str


@fact("accounts.log_in_address_changed", label=_("E-mail address of a log-in changed"))
class LogInAddressChanged:
    user_id: int
    what: str  # email_changed: another address receives links; email_deleted


@fact("accounts.papers_opened_in_bulk", label=_("A member of staff opened unusually many papers"))
class PapersOpenedInBulk:
    user_id: int
    count: int


@fact("accounts.papers_erased", label=_("Identity papers erased on schedule"))
class PapersErased:
    enterprise_id: int
    kinds: list[str]
    why: str  # rejected, closed, freeze, transfer


@fact("accounts.loose_papers_erased", label=_("Papers of reports that led to nothing erased on schedule"))
class LoosePapersErased:
    count: int
