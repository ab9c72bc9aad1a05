"""Writing to a seller, to whoever looks for something, or to a firm; and the conversations that come of it."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import require
from kernel.refusals import NotFound, Refusal

from .. import queries, services
from ..forms import MessageForm, OfferForm
from ..permissions import ANSWER_INQUIRY, ASK_SELLER

SIDES = ("received", "made")


@login_required
def inquiries(request):
    side = request.GET.get("side", "")
    side = side if side in SIDES else ""
    page = queries.inquiries_page(request.actor, side=side, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    tabs = [{"label": label, "url": f"?side={name}" if name else "?", "on": name == side} for name, label in _tabs()]
    context = {"page": page, "tabs": tabs, "query": f"side={side}&" if side else "", "side": side, "nav": "inquiries"}
    return render(request, "catalog/inquiries.html", context)


def _tabs():
    return [("", _("All")), ("received", _("Received")), ("made", _("Made"))]


@login_required
def inquiry(request, no):
    """One conversation; a posted form says more."""
    row = queries.inquiry_for(request.actor, no)
    form, status = MessageForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            act = partial(services.answer_inquiry, no, actor=request.actor, uploads=request.FILES.getlist("files"))
            done, status = _done(form, act)
            if done:
                return redirect(reverse("catalog:inquiry", args=[no]) + "#last")
    asking = row.asker_id == request.actor.enterprise_id
    context = {
        "inquiry": row, "other": row.owner if asking else row.asker, "asking": asking, "form": form, "nav": "inquiries",
        "may_answer": request.actor.can(ANSWER_INQUIRY), "thread": _thread(request.actor, row),
    }  # fmt: skip
    return render(request, "catalog/inquiry.html", context, status=status)


def _thread(actor, row) -> list[dict]:
    lines = []
    for said in queries.inquiry_messages(actor, row):
        ours = said.enterprise_id == actor.enterprise_id
        lines.append(
            {
                "name": said.enterprise_name, "role": str(said.author) if ours else "", "at": said.at, "text": said.body,
                "side": "" if ours else "other",
                "files": [
                    {"name": a.document.file_name, "url": reverse("messaging:attachment", args=[a.document.token])}
                    for a in said.attachments.all()
                ],
            }
        )  # fmt: skip
    return lines


def _done(form, act):
    """What the service made of the form, and the status; its refusal stands on the form."""
    try:
        return act(**form.cleaned_data), 200
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        form.add_error("body" if refusal.code.startswith("message_") else None, str(refusal))
        return None, refusal.status


def _asking(request, form, context: dict, **about):
    """The page on which somebody writes first; there is one conversation about a thing, whoever of the company begins it."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            made, status = _done(form, partial(services.ask, actor=request.actor, uploads=request.FILES.getlist("files"), **about))
            if made:
                messages.success(request, _("Your message is sent. Answers come to your inbox."))
                return redirect("catalog:inquiry", made.no)
    return render(request, "catalog/ask.html", {"form": form, "nav": "market", **context}, status=status)


def _refuse_own(request, owner_id: int) -> None:
    if owner_id == request.actor.enterprise_id:
        raise Refusal("own_enterprise", _("You cannot write to your own enterprise."))


@login_required
def ask(request, no):
    require(request.actor, ASK_SELLER)
    listing = queries.live_listing(no)
    _refuse_own(request, listing.seller_id)
    context = {"listing": listing, "firm": listing.seller, "back": reverse("catalog:offer", args=[no])}
    return _asking(request, MessageForm(request.POST or None), context, listing_no=no)


@login_required
def want_offer(request, no):
    require(request.actor, ASK_SELLER)
    row = queries.seen_want(request.actor, no)
    if row.enterprise is None or row.state != "open":
        raise NotFound()
    _refuse_own(request, row.enterprise_id)
    own = queries.own_goods(request.actor)
    first = queries.fitting_goods(own, row)
    form = OfferForm(request.POST or None, goods=own.listings[:50], initial={"offered_no": first[0].listing.no if first else ""})
    context = {"want": row, "firm": row.enterprise, "back": reverse("catalog:want", args=[no])}
    return _asking(request, form, context, want_no=no)


@login_required
def contact(request, handle):
    require(request.actor, ASK_SELLER)
    firm = queries.seller_page(handle)
    _refuse_own(request, firm.pk)
    return _asking(
        request, MessageForm(request.POST or None), {"firm": firm, "back": reverse("catalog:firm", args=[handle])}, handle=handle
    )
