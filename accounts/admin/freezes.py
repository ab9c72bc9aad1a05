"""The freeze desk: reports beside their proofs; one act freezes, two people and two proofs unfreeze (H12, H13, P37)."""

from functools import partial

from allauth.account.forms import ResetPasswordForm
from django.contrib import admin, messages
from django.db.models import F
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.desks import ChoiceFilter, Desk, column
from kernel.refusals import Refusal
from kernel.responses import private_file
from kernel.templatetags.ui import when

from .. import queries, services
from ..forms.freezes import FreezeDecisionForm
from ..forms.keyed import new_key
from ..models import FreezeCase, FreezeProof
from ..states import FREEZE_CASE

SEE, FREEZE, UNFREEZE = "accounts.view_freezecase", "accounts.freeze_enterprise", "accounts.unfreeze_enterprise"
OPEN = ("reported", "frozen", "unfreeze_proposed")


class Stage(ChoiceFilter):
    title, parameter_name = _("state"), "stage"
    words = (("open", _("Open cases")), *FREEZE_CASE.labels.items())

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(state__in=OPEN if self.value() == "open" else [self.value()])


@admin.register(FreezeCase)
class FreezeCaseAdmin(Desk):
    permission = SEE
    list_display = ["no", "named", column("enterprise", _("company frozen")), "shown_state", "reported", "due"]
    list_filter = [Stage]
    search_fields = ["no__exact", "registration_no__exact"]
    search_help_text = _("Number of the case or code of the company")
    sortable_by = []

    def get_queryset(self, request):
        return queries.freeze_cases(request.actor)

    def get_ordering(self, request):
        """Reports first, the most urgent on top, then what waits for a second person, then what stays frozen."""
        return [F("due_at").asc(nulls_last=True), "-state", "reported_at", "pk"]

    @admin.display(description=pgettext_lazy("time", "Reported"))
    def reported(self, case):
        return when(case.reported_at)

    def get_urls(self):
        proof = self.admin_site.admin_view(self.proof_view)
        return [path("proofs/<int:proof_id>/", proof, name="accounts_freezecase_proof"), *super().get_urls()]

    @admin.display(description=_("state"))
    def shown_state(self, case):
        return render_to_string("accounts/admin/_state.html", {"enterprise": case})

    @admin.display(description=_("answer due"))
    def due(self, case):
        return render_to_string("accounts/admin/_freeze_due.html", {"case": case}) if case.state == "reported" and case.due_at else "—"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One case: what was reported beside its proofs, the company it may mean, and the next step."""
        case = queries.freeze_case(request.actor, object_id)
        form, status = FreezeDecisionForm(request.POST or None, request.FILES or None), 200
        if request.method == "POST":
            done, status = self.decide(form, partial(self._step, request, case))
            if done:
                return done
        may = {"may_freeze": request.actor.can_staff(FREEZE), "may_unfreeze": request.actor.can_staff(UNFREEZE)}
        proofs = list(case.proofs.all())
        context = {
            "case": case, "form": form, "key": new_key(), "contact": queries.contact_of(case),
            "companies": queries.companies_meant(case) if case.state == "reported" else [],
            "proofs": [p for p in proofs if p.stage == "freeze"], "unfreeze_proofs": [p for p in proofs if p.stage == "unfreeze"],
            "kinds": FreezeProof.KINDS, "own_proposal": case.unfreeze_proposed_by_id == request.actor.user_id, **may,
        }  # fmt: skip
        return self.page(request, "accounts/admin/freeze.html", title=case.no, status=status, **context)

    def _step(self, request, case, *, step, enterprise, reason, kind, paper, request_key):
        given, told = {"actor": request.actor, "request_key": request_key}, {"no": case.no}
        if step == "freeze":
            services.freeze_reported(case.pk, enterprise_id=enterprise or 0, reason=reason, **given)
            messages.success(request, _("%(no)s: the company is frozen and all its sessions are ended.") % told)
        elif step == "dismiss":
            services.dismiss_report(case.pk, reason=reason, **given)
            messages.success(request, _("%(no)s is dismissed.") % told)
        elif step == "proof":
            if paper is None:
                raise Refusal("paper_missing", _("Choose a file."))
            services.add_proof(case.pk, kind=kind, upload=paper, **given)
            messages.success(request, _("%(no)s: the proof is attached.") % told)
        elif step == "propose":
            services.propose_unfreeze(case.pk, **given)
            messages.success(request, _("%(no)s: a colleague must approve the unfreezing now.") % told)
        elif step == "keep":
            services.keep_frozen(case.pk, reason=reason, **given)
            messages.success(request, _("%(no)s: the company stays frozen.") % told)
        else:
            self._lift(request, case, given)
        return redirect("admin:accounts_freezecase_change", case.pk)

    def _lift(self, request, case, given):
        services.lift_freeze(case.pk, **given)
        person = queries.main_account(case.enterprise_id)
        mail = ResetPasswordForm({"email": person.email if person else ""})
        if mail.is_valid():
            mail.save(request)
        told = {"no": case.no}
        messages.success(request, _("%(no)s: unfrozen. The main account gets a link for a new password at its own address.") % told)

    def proof_view(self, request, proof_id):
        """Open one proof; the service writes down who did."""
        document, _content = services.view_proof(proof_id, actor=request.actor)
        return private_file(document, inline=True)
