"""The one page that people of a frozen or closed enterprise see instead of every other (H14, P15)."""

from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.queries import enterprise_acted_for, enterprises_of, freeze_in_force
from orders.queries import open_orders_of

SHUT = ("frozen", "closed")
# Pages that anybody may see, and the ways out; everything else belongs to somebody who acts for an enterprise.
PUBLIC = {
    "accounts:close_done",
    "accounts:freeze_report",
    "accounts:freeze_sent",
    "accounts:transfer_report",
    "accounts:transfer_sent",
    "catalog:ad",
    "catalog:category",
    "catalog:compare",
    "catalog:firm",
    "catalog:market",
    "catalog:media",
    "catalog:offer",
    "catalog:photo",
    "catalog:robots",
    "catalog:sitemap",
    "catalog:sitemap_part",
    "catalog:want",
    "catalog:wanted",
    "healthz",
    "home",
    "major_clients:home",
    "orders:tracking_push",
    "readyz",
    "set_language",
    "styleguide",
    "accounts:switch", "accounts:invitation", "account_login", "account_logout", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "account_reauthenticate", "account_confirm_email",
    "account_email_verification_sent", "account_inactive", "account_signup", "mfa_authenticate", "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}  # fmt: skip
SPACES = {"helpdesk", "admin"}  # the back office has its own rules about who is staff


class FrozenMiddleware:
    """Answer every private page with the notice page while the enterprise that a person acts for is frozen or closed."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        match = request.resolver_match
        if match.view_name in PUBLIC or match.namespace in SPACES or not request.user.is_authenticated:
            return None
        if request.actor.enterprise_state not in SHUT:
            return None
        return frozen_page(request)


def frozen_page(request):
    """What happened, since when, whom to ask; for the main account also the open orders and their clocks, to read only."""
    actor, enterprise = request.actor, enterprise_acted_for(request.user, request.actor)
    shut = enterprise.state == "frozen"
    context = {
        "enterprise": enterprise, "case": freeze_in_force(enterprise.pk) if shut else None,
        "heading": _("Your enterprise is frozen") if shut else _("Your enterprise's account is closed"),
        "orders": open_orders_of(enterprise.pk) if shut and actor.is_main else None,
        "others": [e for e in enterprises_of(request.user) if e.pk != enterprise.pk and e.state not in SHUT],
        "tried": request.method not in ("GET", "HEAD"),
    }  # fmt: skip
    return render(request, "accounts/freeze_notice.html", context, status=403)
