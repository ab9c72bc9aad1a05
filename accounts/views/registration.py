"""Registration as a list of tasks: a page for each section, check answers, hand in; left and taken up again on any day."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kernel.refusals import Refusal
from kernel.templatetags.ui import absolute

from .. import queries, rules, services
from ..forms.registration import FORMS, HandInForm, PapersForm, SectionForm

LABELS = {name: field.label for form in FORMS.values() for name, field in form.base_fields.items()}


def _titles() -> dict[str, tuple[str, str]]:
    return {
        "company": (_("The company"), _("Name, address and phone.")),
        "licence": (_("Business licence"), _("Its code and how long it is valid.")),
        "representative": (_("Legal representative"), _("As on the licence.")),
        "tax": (_("Tax and bank"), _("Taxpayer number; a bank account if you have one at hand.")),
        "papers": (_("Papers"), _("Licence, identity paper of the legal representative, tax registration.")),
    }


def _open(request) -> queries.Registration | None:
    """What is being registered or corrected; None when the company is past that."""
    enterprise = queries.own_enterprise(request.actor)
    if enterprise is not None and enterprise.state != "rejected":
        return None
    queries.may_register(request.actor)
    return queries.registration_of(request.actor, enterprise)


def _to(code: str) -> str:
    return reverse(f"accounts:join_{code}")


@login_required
@require_safe
def join(request) -> HttpResponse:
    """The sections of a registration and how far each is."""
    told = _open(request)
    if told is None:
        return redirect("accounts:company")
    notes = {"new": _("Not begun"), "correct": _("To correct")}
    tasks = [
        {"name": title, "url": _to(code), "help": text, "done": told.status(code) == "done", "note": notes.get(told.status(code), "")}
        for code, (title, text) in _titles().items()
    ]
    context = {"told": told, "tasks": tasks, "done": sum(task["done"] for task in tasks), "nav": "company"}
    return render(request, "accounts/registration_tasks.html", context)


@login_required
def section(request, code: str) -> HttpResponse:
    """One section: what was typed is saved at once, or for later as it is."""
    told = _open(request)
    if told is None:
        return redirect("accounts:company")
    if request.method != "POST":
        return _section_page(request, FORMS[code](told=told))
    form = FORMS[code](request.POST, request.FILES, told=told)
    later, status = "later" in request.POST, 422
    right = form.is_valid()
    if isinstance(form, PapersForm):
        right = _keep_files(request, form, later=later)
    if "request_key" not in form.errors and (right or (later and not isinstance(form, PapersForm))):
        try:
            services.save_section(code, form.typed(), actor=request.actor, request_key=form.cleaned_data["request_key"])
            return _onward(request, later)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    return _section_page(request, form, status=status)


def _keep_files(request, form: PapersForm, *, later: bool) -> bool:
    """Keep every file that is what it says, whatever becomes of the others; whether all that is needed is there."""
    for kind in rules.REQUIRED_PAPERS:
        if upload := request.FILES.get(kind):
            try:
                services.keep_draft_paper(upload, kind=kind, actor=request.actor)
            except Refusal as refusal:
                form.add_error(kind, str(refusal))
    form.told = queries.registration_of(request.actor, form.told.corrects)
    for kind in rules.REQUIRED_PAPERS:
        if not later and kind in form.told.problems and kind not in form.errors:
            form.add_error(kind, _("Add the file: %(paper)s.") % {"paper": LABELS[kind]})
    return form.is_valid()


def _onward(request, later: bool) -> HttpResponse:
    """To the next section that is not done, to the check of the answers, or back to the list."""
    if later:
        messages.success(request, _("Saved. You can go on on any day."))
        return redirect("accounts:join")
    told = queries.registration_of(request.actor)
    return redirect(next((_to(code) for code in rules.SECTIONS if told.status(code) != "done"), _to("check")))


def _section_page(request, form: SectionForm, status: int = 200) -> HttpResponse:
    title, text = _titles()[form.section]
    context = {
        "form": form, "told": form.told, "title": title, "text": text, "nav": "company", "asked": form.told.notes(form.section),
        "uploads": _files(form.told) if isinstance(form, PapersForm) else [],
    }  # fmt: skip
    return render(request, "accounts/registration_section.html", context, status=status)


def _files(told: queries.Registration) -> list[dict]:
    """The papers that are there already, newest of each kind."""
    there = {**told.on_file, **told.papers}
    return [{"kind": LABELS[kind], "name": there[kind].file_name, "size": there[kind].size_bytes} for kind in there]


@login_required
def check(request) -> HttpResponse:
    """All answers on one page, and handing in."""
    if request.method == "POST":
        form = HandInForm(request.POST)
        if form.is_valid():
            return _hand_in(request, form)
    told = _open(request)
    if told is None:
        return redirect("accounts:company")
    if not told.complete:
        return redirect("accounts:join")
    if request.method == "POST":
        return _check_page(request, told, form, status=422)
    return _check_page(request, told, HandInForm(initial={"answers": told.digest}))


def _hand_in(request, form: HandInForm) -> HttpResponse:
    values = form.cleaned_data
    try:
        enterprise = services.hand_in_draft(
            answers=values["answers"], consented=values["consent"], actor=request.actor, request_key=values["request_key"]
        )
    except Refusal as refusal:
        told = _open(request)
        if told is None:
            raise
        form.add_error(None, str(refusal))
        return _check_page(request, told, form, status=refusal.status)
    request.session[queries.ACTING_FOR] = enterprise.pk
    messages.success(request, _("Handed in. A review takes 1 to 3 working days; you will be told here and by mail."))
    return redirect("accounts:company")


def _check_page(request, told, form: HandInForm, status: int = 200) -> HttpResponse:
    context = {"told": told, "form": form, "parts": _answers(told), "nav": "company", "digest": told.digest}
    return render(request, "accounts/registration_check.html", context, status=status)


def _answers(told) -> list[dict]:
    """Every answer as it will be stored, by section, with the way back to it."""
    parts, values = [], told.told
    shown = {
        **{name: str(value or "") for name, value in values.items()},
        "country": str(rules.COUNTRIES.get(values["country"], values["country"])),
        "province": rules.place_name(values["country"], values["province"]) if values["province"] else "",
        "licence_expires_on": absolute(values["licence_expires_on"]) if values["licence_expires_on"] else _("no end"),
        **{kind: document.file_name for kind, document in {**told.on_file, **told.papers}.items()},
    }
    for code, (title, _text) in _titles().items():
        rows = [{"name": LABELS[name], "value": shown.get(name) or "—", "url": _to(code)} for name in rules.SECTIONS[code]]
        parts.append({"title": title, "code": code, "rows": rows})
    return parts
