"""Changes of the company's data: typed and checked, watched while they are reviewed, corrected when asked, taken back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kernel.refusals import NotFound, Refusal

from .. import queries, services
from ..actors import require
from ..forms.changes import ChangeForm
from ..forms.keyed import new_key
from ..permissions import CHANGE_COMPANY
from ..rules import group_of
from .security import reauthenticated

KEPT = "kept_change_papers"  # session key: {group: {kind: token}} of files that arrived with a form that is not handed in yet


@login_required
def change_new(request, group) -> HttpResponse:
    """New values for one group of company data: typed, read again, handed in."""
    if group == "bank":  # has an address of its own, where the password is asked for again
        raise NotFound()
    return _asked_again(request, group) if group == "legal" else _new(request, group)


@reauthenticated(on_open=True)
def _asked_again(request, group) -> HttpResponse:
    """Who the company answers for is not changed with a session somebody found open (P36)."""
    return _new(request, group)


@reauthenticated(on_open=True)
def bank_change(request) -> HttpResponse:
    """Another bank account: the same, after the password was asked for again (P36)."""
    return _new(request, "bank")


def _new(request, code) -> HttpResponse:
    group, company = queries.change_group(request.actor, code)
    initial = {name: getattr(company, name) for name in group.fields}

    def hand_in(form, papers):
        return services.hand_in_change(
            code, form.values(), papers=papers, reason=form.cleaned_data["reason"], consented=form.cleaned_data.get("consent", False),
            actor=request.actor, request_key=form.cleaned_data["request_key"],
        )  # fmt: skip

    open_one = next((change for change in queries.own_changes(request.actor) if change.open), None)
    if open_one is not None and request.method != "POST":
        messages.info(request, _("A change is under review already. Wait for its end or withdraw it first."))
        return redirect("accounts:change", open_one.version)
    return _filled_in(request, group, company, initial, hand_in)


@reauthenticated(on_open=True)
def change_answer(request, version) -> HttpResponse:
    """Correct a change that the reviewers asked about, and hand it in again; the password is asked for again, as it may be the bank's."""
    require(request.actor, CHANGE_COMPANY)
    change = queries.own_change(request.actor, version)
    if change.state != "asked" and request.method != "POST":
        return redirect("accounts:change", version)
    group = group_of(change.fields)
    initial = {name: getattr(change.enterprise, name) for name in group.fields} | services.current_values(change)

    def hand_in(form, papers):
        return services.answer_change(
            version, form.values(), papers=papers, reason=form.cleaned_data["reason"], actor=request.actor,
            request_key=form.cleaned_data["request_key"],
        )  # fmt: skip

    return _filled_in(request, group, change.enterprise, {**initial, "reason": change.reason}, hand_in, change=change)


def _filled_in(request, group, company, initial, hand_in, *, change=None) -> HttpResponse:
    """The form; with POST the page to read it again; with POST and step=send the handing in."""
    context = {"group": group, "company": company, "change": change, "nav": "company"}
    if request.method != "POST":
        form = ChangeForm(group=group, country=company.country, first=change is None, initial=initial)
        return _form_page(request, form, context)
    form = ChangeForm(request.POST, request.FILES, group=group, country=company.country, first=change is None)
    papers = _keep_files(request, form)
    step = request.POST.get("step", "")
    if not form.is_valid() or step == "edit":
        return _form_page(request, form, context, 422 if form.errors else 200)
    try:
        if step == "send":
            done = hand_in(form, papers)
        else:
            new = services.changed_values(company, group, form.values())
            earlier = [paper.kind for paper in change.papers.all()] if change else []
            services.check_change_papers(group, {*papers, *earlier})
            return _check_page(request, form, context, new)
    except NotFound:
        raise
    except Refusal as refusal:
        form.place(refusal)
        return _form_page(request, form, context, refusal.status)
    messages.success(request, _("Handed in. The data on file stay as they are until a reviewer has approved the change."))
    return redirect("accounts:change", done.version)


def _kept(request, group) -> dict[str, str]:
    kept = queries.kept_change_papers(request.actor, request.session.get(KEPT, {}).get(group.code, {}))
    return {kind: document.token for kind, document in kept.items()}


def _keep_files(request, form) -> dict[str, str]:
    """Keep every file at once, so that a mistake in another field does not lose it; each takes the place of the one of its kind."""
    form.full_clean()
    said = request.session.get(KEPT, {}).get(form.group.code, {})
    # When it is sent the tokens stay as they were: the same form arriving twice is answered alike, and the service says when one is gone.
    papers = dict(said) if request.POST.get("step") == "send" else _kept(request, form.group)
    for kind in form.group.papers:
        if upload := request.FILES.get(kind):
            try:
                papers[kind] = services.keep_paper(upload, actor=request.actor, instead_of=papers.get(kind, "")).token
            except Refusal as refusal:
                form.add_error(kind, str(refusal))
    request.session[KEPT] = {**request.session.get(KEPT, {}), form.group.code: papers}
    return papers


def _form_page(request, form, context, status: int = 200) -> HttpResponse:
    kept = queries.kept_change_papers(request.actor, request.session.get(KEPT, {}).get(form.group.code, {}))
    return render(request, "accounts/company_change_new.html", {**context, "form": form, "kept": kept}, status=status)


def _check_page(request, form, context, new) -> HttpResponse:
    """What will be handed in, old beside new."""
    company = context["company"]
    rows = [
        {"label": field.label, "old": getattr(company, field.name), "new": new[field.name]} for field in form.entries if field.name in new
    ]  # fmt: skip
    sent = [
        (name, form[name].value() or "")
        for name in ("request_key", "reason", *form.group.fields, *(["consent"] if "consent" in form.fields else []))
    ]
    kept = queries.kept_change_papers(request.actor, request.session.get(KEPT, {}).get(form.group.code, {}))
    papers = [(queries.paper_label(kind), document) for kind, document in kept.items()]
    holds = queries.hold_while_reviewed(company, new)
    shown = {**context, "form": form, "rows": rows, "hidden": sent, "papers": papers, "will_hold": holds}
    return render(request, "accounts/company_change_check.html", shown)


@login_required
@require_GET
def change(request, version) -> HttpResponse:
    """One change: old beside new, its papers, how far it is, what the reviewer asks or why it was refused."""
    found = queries.own_change(request.actor, version)
    papers = [{"label": queries.paper_label(paper.kind), "document": paper.document} for paper in found.papers.all()]
    context = {
        "change": found, "title": queries.change_title(found), "rows": queries.compared(found), "papers": papers,
        "clock": queries.change_clock(found) if found.open else None, "notes": queries.verdict_notes(found), "key": new_key(),
        "may_change": request.actor.can(CHANGE_COMPANY), "nav": "company",
    }  # fmt: skip
    return render(request, "accounts/company_change.html", context)


@login_required
@require_POST
def change_withdraw(request, version) -> HttpResponse:
    """Take a change back."""
    services.withdraw_change(version, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("The change was withdrawn. The data on file stay as they are."))
    return redirect("accounts:company")
