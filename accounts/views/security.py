"""What keeps a person's log-in theirs: asking for the password again before weighty acts, and the page that shows how safe they are."""

import json
import time
from functools import wraps
from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kernel.vault import seal, unseal

from .. import queries, services
from ..forms.keyed import new_key

TYPED = "typed_before_the_password"  # session key: a form that waits, sealed, until the person has shown who they are
KEPT_SECONDS, KEPT_BYTES = 30 * 60, 64 * 1024


def reauthenticated(view=None, *, on_open: bool = False):
    """Ask for the password (or second factor) again before a POST, unless that was done within ACCOUNT_REAUTHENTICATION_TIMEOUT (P36).

    What was typed is kept sealed and sent as it was once the person has answered; files are not kept, so pages with uploads ask
    `on_open`, before anything is typed. Goes outermost, above `login_required` and `require_POST`.
    """

    def wrap(function):
        @wraps(function)
        def ask(request, *args, **kwargs):
            if not request.user.is_authenticated or did_recently_reauthenticate(request):
                if request.method == "GET":
                    _take_up(request)
                return function(request, *args, **kwargs)
            if request.method == "POST":
                _lay_by(request)
            elif not on_open:
                return function(request, *args, **kwargs)
            return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")

        ask.asks_again = True  # type: ignore[attr-defined]  # for the walk over all addresses
        return login_required(ask)

    return wrap(view) if view else wrap


def _lay_by(request) -> None:
    typed = request.POST.copy()
    typed.pop("csrfmiddlewaretoken", None)
    kept = {"path": request.get_full_path(), "user": request.user.pk, "firm": request.actor.enterprise_id, "at": time.time()}
    kept = json.dumps({**kept, "typed": typed.urlencode()}).encode()
    request.session.pop(TYPED, None)
    if request.FILES or len(kept) > KEPT_BYTES:
        messages.warning(request, _("Files cannot be kept while you confirm who you are: choose them again and send the form again."))
    else:
        request.session[TYPED] = seal(kept).decode("ascii")  # a bank account number must not lie about in a session


def _take_up(request) -> None:
    """Turn the return from the password page into the POST that waited; it passed the CSRF check when it was sent."""
    sealed = request.session.pop(TYPED, "")
    if not sealed:
        return
    kept = json.loads(unseal(sealed.encode("ascii")))
    whose = (request.get_full_path(), request.user.pk, request.actor.enterprise_id)  # not for another company that was chosen meanwhile
    if (kept["path"], kept["user"], kept["firm"]) != whose or time.time() - kept["at"] > KEPT_SECONDS:
        return
    request.method, request.POST, request._files = "POST", QueryDict(kept["typed"], mutable=False), MultiValueDict()


@login_required
def security(request) -> HttpResponse:
    """How this person's log-in is protected, and what to do when it is in danger."""
    found = queries.security_of(request.actor, own_key=request.session.session_key or "")
    context = {"security": found, "transfer": queries.transfer_running(request.actor), "key": new_key(), "nav": "security"}
    return render(request, "accounts/security.html", context)


@login_required
@require_POST
def session_end(request, pk: int) -> HttpResponse:
    """Log oneself out on one other device."""
    key = request.POST.get("request_key", "")
    services.end_session(pk, own_key=request.session.session_key or "", actor=request.actor, request_key=key)
    messages.success(request, _("That device is logged out."))
    return redirect(f"{reverse('accounts:security')}#s-sessions")
