from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kernel.refusals import Refusal

from .. import queries, services
from ..forms import WantForm


def wanted(request):
    """Open requests of everybody, and the visitor's own."""
    codes = queries.categories()
    chosen = next((c for c in codes if c.slug == request.GET.get("c")), None)
    page = queries.open_wants(
        category=chosen.code if chosen else "", after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    own = queries.own_wants(request.actor) if request.actor.user_id else []
    context = {"page": page, "categories": codes, "chosen": chosen, "own_wants": own, "query": f"c={chosen.slug}&" if chosen else ""}
    return render(request, "catalog/wanted.html", {**context, "nav": "market"})


@login_required
def want_new(request):
    queries.require_poster(request.actor)
    form = WantForm(request.POST or None, categories=queries.categories(), initial={"title": request.GET.get("title", "")[:120]})
    if request.method == "POST" and form.is_valid():
        try:
            want = services.post_want(actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your request %(no)s is published.") % {"no": want.no})
            return redirect("catalog:wanted")
    return render(request, "catalog/want_new.html", {"form": form, "nav": "market"}, status=422 if form.errors else 200)


@login_required
@require_POST
def want_close(request, no):
    services.close_want(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("Your request %(no)s is closed.") % {"no": no})
    return redirect("catalog:wanted")
