"""Contracts: asked for on the order, read and accepted on a page of their own."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actors import require
from kernel.refusals import Denied, NotFound, Refusal
from kernel.responses import private_file

from .. import services
from ..forms import new_key
from ..paper_forms import AcceptForm, AnswerForm, ContractForm
from ..permissions import ACCEPT_CONTRACT, ASK_CONTRACT
from ..queries import contracts, desk
from ..services.kept_files import DRAFT
from .kept import place, with_file


@login_required
def contract_new(request, no: str):
    """Ask for a written contract; one that is open already is shown instead."""
    order = contracts.order_to_contract(request.actor, no)
    if request.method != "POST":
        if found := contracts.open_contract(order):
            return redirect("orders:contract", found.no)
        return _new_page(request, order, ContractForm())
    form, document = with_file(request, DRAFT, ContractForm)
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = services.request_contract(
                no, actor=request.actor, wanted=data["wanted"], contact=data["contact"], draft=document.token if document else "",
                request_key=data["request_key"],
            )  # fmt: skip
        except NotFound:
            raise
        except Refusal as refusal:
            place(form, refusal)
            return _new_page(request, order, form, refusal.status)
        messages.success(request, _("Asked. Customer service hands the contract in within 1 to 3 working days."))
        return redirect("orders:contract", made.no)
    return _new_page(request, order, form, 422)


def _new_page(request, order, form, status: int = 200):
    me = request.actor.enterprise_id
    words = {"title": desk.title_of(order, me), "other_name": desk.other_name(order, me)}
    return render(request, "orders/contract_new.html", {"nav": "papers", "order": order, "form": form, **words}, status=status)


@login_required
def contract(request, no: str):
    """One contract: what was asked, where it stands, its files with their hashes, who accepted."""
    return page(request, contracts.contract_for(request.actor, no))


def page(request, found, *, form=None, status: int = 200):
    """The page of a contract; a form with errors keeps what was typed."""
    me, order = request.actor.enterprise_id, found.order
    standing, asker = contracts.standing_of(found), found.asked_by_id == me
    may_ask = request.actor.can(ASK_CONTRACT)
    context = {
        "nav": "papers", "contract": found, "order": order, "asker": asker, "other_name": desk.other_name(order, me),
        "asker_name": order.party_name(found.asked_by_id, request.LANGUAGE_CODE), "standing": standing,
        "clock": contracts.contract_clock(found), "mine_done": me in standing.accepted,
        "may_accept": request.actor.can(ACCEPT_CONTRACT), "form": form, "key": new_key(),
        "answer_form": form or AnswerForm() if asker and may_ask and found.state == "asked" else None,
        "may_withdraw": asker and may_ask and found.state in ("requested", "in_work", "asked"),
    }  # fmt: skip
    return render(request, "orders/contract.html", context, status=status)


@login_required
@require_POST
def contract_answer(request, no: str):
    """Answer what customer service wants to know."""
    require(request.actor, ASK_CONTRACT)
    found = contracts.contract_for(request.actor, no)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            services.answer_contract_question(no, actor=request.actor, **form.cleaned_data)
        except (NotFound, Denied):
            raise
        except Refusal as refusal:
            place(form, refusal)
            return page(request, found, form=form, status=refusal.status)
        messages.success(request, _("Your answer is at the desk; the clock runs on."))
        return redirect("orders:contract", no)
    return page(request, found, form=form, status=422)


@login_required
@require_POST
def contract_withdrawal(request, no: str):
    """Take one's own request back."""
    services.withdraw_contract(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("The request was withdrawn."))
    return redirect("orders:contract", no)


@login_required
@reauthentication_required
def contract_acceptance(request, no: str):
    """Accept exactly the bytes with this hash; the password has been asked for again."""
    require(request.actor, ACCEPT_CONTRACT)
    found = contracts.contract_for(request.actor, no)
    standing = contracts.standing_of(found)
    version = standing.version
    if request.method != "POST":
        if version is None or not version.online or request.actor.enterprise_id in standing.accepted:
            messages.info(request, _("There is nothing to accept here at the moment."))
            return redirect("orders:contract", no)
        form, status = AcceptForm(initial={"version": version.number, "sha256": version.sha256}), 200
    else:
        form, status = AcceptForm(request.POST), 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                services.accept_contract(
                    no, actor=request.actor, number=data["version"], sha256=data["sha256"], request_key=data["request_key"]
                )
            except NotFound:
                raise
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Your company has accepted this version."))
                return redirect("orders:contract", no)
    context = {"nav": "papers", "contract": found, "order": found.order, "version": version, "form": form}
    return render(request, "orders/contract_accept.html", context, status=status)


@login_required
def contract_file(request, no: str, number: int):
    """A version's file, to the two parties; number 0 is the asker's draft, to the asker."""
    _request, document = contracts.contract_file(request.actor, no, number)
    return private_file(document)
