"""The desk for changes of company data: what is on file beside what is wanted beside the papers, a verdict on each field, the decision."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path
from django.utils.translation import gettext_lazy as _

from kernel.desks import ChoiceFilter, Desk, column
from kernel.refusals import Refusal
from kernel.responses import private_file

from .. import queries, services
from ..forms.changes import ChangeDecisionForm
from ..forms.keyed import new_key
from ..models import CompanyChange
from ..states import COMPANY_CHANGE
from .desk import row_number

WAITING = ("submitted", "under_review", "second_review")
DONE = {
    "take_up": _("You are reviewing this change."),
    "judge": _("Your verdicts are kept."),
    "ask": _("The question is sent; the company answers by handing in again."),
    "pass_on": _("Passed on: a colleague decides."),
    "approve": _("The new values are on file."),
    "reject": _("The change is refused; the data on file stay."),
}


class Stage(ChoiceFilter):
    title, parameter_name = _("state"), "stage"
    words = (("waiting", _("Waiting for review")), *COMPANY_CHANGE.labels.items())

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(state__in=WAITING if self.value() == "waiting" else [self.value()])


@admin.register(CompanyChange)
class CompanyChangeAdmin(Desk):
    permission = queries.REVIEW_CHANGE
    list_display = [column("enterprise", _("enterprise")), "what", "shown_state", "due"]
    list_filter = [Stage]
    search_fields = ["enterprise__registration_no__exact", "enterprise__handle__exact", "enterprise__name__startswith"]
    search_help_text = _("Registration number, handle or beginning of the name")
    sortable_by = []

    def get_queryset(self, request):
        return queries.changes_in_review(request.actor)

    def get_ordering(self, request):
        return [F("review_due_at").asc(nulls_last=True), "-pk"]

    def get_urls(self):
        paper = self.admin_site.admin_view(self.paper_view)
        return [path("papers/<int:paper_id>/", paper, name="accounts_companychange_paper"), *super().get_urls()]

    @admin.display(description=_("what is changed"))
    def what(self, change):
        return queries.change_title(change)

    @admin.display(description=_("state"))
    def shown_state(self, change):
        return render_to_string("accounts/admin/_state.html", {"enterprise": change})

    @admin.display(description=_("review due"))
    def due(self, change):
        return render_to_string("accounts/admin/_due.html", {"enterprise": change}) if change.state in WAITING else "—"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One change: old beside new beside the papers, and what may be decided about it now."""
        change = queries.change_under_review(request.actor, row_number(object_id))
        judged = [name for name in change.fields if name != "tax_no"]
        form, status = ChangeDecisionForm(request.POST or None, names=judged), 422 if request.method == "POST" else 200
        if request.method == "POST" and form.is_valid():
            try:
                said = self._decide(request, change, form)
            except Refusal as refusal:
                form.add_error("reason" if refusal.code == "reason_missing" else None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, said)
                to_list = form.cleaned_data["decision"] in ("ask", "pass_on", "approve", "reject")
                return redirect(
                    *["admin:accounts_companychange_changelist"] if to_list else ["admin:accounts_companychange_change", change.pk]
                )
        verdicts = queries.verdicts_on(change)
        if request.method != "POST":
            form = ChangeDecisionForm(names=judged, initial=_said(verdicts))
        return self.page(
            request, "accounts/admin/company_change.html", title=change.enterprise.name, status=status, change=change, form=form,
            rows=_rows(change, form, verdicts), what=queries.change_title(change), seen=queries.change_handed_in_at(change), key=new_key(),
            papers=[(queries.paper_label(paper.kind), paper) for paper in change.papers.all()], rivals=queries.rivals(change),
            may_judge=change.state in ("under_review", "second_review"), waiting=change.state in WAITING,
        )  # fmt: skip

    def _decide(self, request, change, form):
        """Keep the verdicts that came with the form, then do what was decided; each once."""
        asked, verdicts = form.cleaned_data, form.verdicts()
        given = {"actor": request.actor, "seen": asked["seen"]}
        if verdicts and asked["decision"] != "take_up":
            services.judge_change(change.pk, verdicts, request_key=f"{asked['request_key']}-v"[:64], **given)
        decision, key = asked["decision"], f"{asked['request_key']}-{asked['decision']}"[:64]
        if decision == "take_up":
            services.take_up_change(change.pk, request_key=key, **given)
        elif decision == "ask":
            services.ask_about_change(change.pk, question=asked["reason"], request_key=key, **given)
        elif decision == "pass_on":
            services.pass_on_change(change.pk, request_key=key, **given)
        elif decision == "approve":
            services.approve_change(change.pk, request_key=key, **given)
        elif decision == "reject":
            services.reject_change(change.pk, reason=asked["reason"], request_key=key, **given)
        return DONE[decision]

    def paper_view(self, request, paper_id):
        """Open one paper; the service writes down who did."""
        if not request.actor.can_staff(queries.REVIEW_CHANGE):
            raise PermissionDenied
        document, _content = services.view_change_paper(paper_id, actor=request.actor)
        return private_file(document, inline=True)


def _said(verdicts) -> dict:
    initial = {f"verdict_{name}": row.verdict for name, row in verdicts.items()}
    return initial | {f"note_{name}": row.note for name, row in verdicts.items()}


def _rows(change, form, verdicts) -> list[dict]:
    return [
        {
            **row, "verdict": form[f"verdict_{row['field']}"] if row["field"] in form.names else None,
            "note": form[f"note_{row['field']}"] if row["field"] in form.names else None, "said": verdicts.get(row["field"]),
        }
        for row in queries.compared(change)
    ]  # fmt: skip
