"""The desk for transfers of main accounts: the request beside its proofs; two members of staff and a cooling period (H13, P37)."""

from functools import partial

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path
from django.utils.translation import gettext_lazy as _

from kernel.desks import ChoiceFilter, Desk
from kernel.responses import private_file

from .. import queries, services
from ..forms.keyed import new_key
from ..forms.transfers import TransferDecisionForm
from ..models import MainTransfer
from ..states import MAIN_TRANSFER

SEE, TRANSFER = "accounts.view_maintransfer", "accounts.transfer_main_account"
OPEN = ("asked", "proposed", "cooling")


class Stage(ChoiceFilter):
    title, parameter_name = _("state"), "stage"
    words = (("open", _("Open cases")), *MAIN_TRANSFER.labels.items())

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(state__in=OPEN if self.value() == "open" else [self.value()])


@admin.register(MainTransfer)
class MainTransferAdmin(Desk):
    permission = SEE
    list_display = ["no", "named", "enterprise", "cause", "shown_state", "asked_at", "due"]
    list_filter = [Stage]
    search_fields = ["no__exact", "registration_no__exact"]
    search_help_text = _("Number of the case or code of the company")
    ordering = ["asked_at", "pk"]
    sortable_by = []

    def get_queryset(self, request):
        return queries.main_transfers(request.actor)

    def get_urls(self):
        proof = self.admin_site.admin_view(self.proof_view)
        return [path("proofs/<int:proof_id>/", proof, name="accounts_maintransfer_proof"), *super().get_urls()]

    @admin.display(description=_("state"))
    def shown_state(self, case):
        return render_to_string("accounts/admin/_state.html", {"enterprise": case})

    @admin.display(description=_("answer due"))
    def due(self, case):
        waits = case.state in ("asked", "proposed") and case.due_at
        return render_to_string("accounts/admin/_transfer_due.html", {"case": case}) if waits else "—"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One case: what is asked for beside its proofs, the company it may mean, its present holder, and the next step."""
        case = queries.main_transfer(request.actor, object_id)
        form, status = TransferDecisionForm(request.POST or None), 200
        if request.method == "POST":
            done, status = self.decide(form, partial(self._step, request, case))
            if done:
                return done
        asked = case.state == "asked"
        context = {
            "case": case, "form": form, "key": new_key(), "contact": queries.new_holder_of(case), "asker": queries.asker_of(case),
            "companies": [(firm, queries.main_account(firm.pk)) for firm in queries.companies_of_transfer(case)] if asked else [],
            "holder": queries.main_account(case.enterprise_id) if case.enterprise_id else None,
            "proofs": list(case.proofs.all()), "own_proposal": case.proposed_by_id == request.actor.user_id,
            "may_transfer": request.actor.can_staff(TRANSFER),
        }  # fmt: skip
        return self.page(request, "accounts/admin/transfer.html", title=case.no, status=status, **context)

    def _step(self, request, case, *, step, enterprise, keep_as_sub, reason, request_key):
        given, told = {"actor": request.actor, "request_key": request_key}, {"no": case.no}
        if step == "propose":
            services.propose_transfer(case.pk, enterprise_id=enterprise or 0, keep_as_sub=keep_as_sub, **given)
            messages.success(request, _("%(no)s: a colleague must approve the transfer now.") % told)
        elif step == "approve":
            services.approve_transfer(case.pk, **given)
            messages.success(request, _("%(no)s: approved. The old contacts are told, and the cooling period runs.") % told)
        elif step == "turn_down":
            services.turn_down_transfer(case.pk, reason=reason, **given)
            messages.success(request, _("%(no)s: the proposal is turned down.") % told)
        elif step == "stop":
            services.stop_transfer(case.pk, reason=reason, **given)
            messages.success(request, _("%(no)s: the transfer is stopped.") % told)
        else:
            services.dismiss_transfer(case.pk, reason=reason, **given)
            messages.success(request, _("%(no)s is dismissed.") % told)
        return redirect("admin:accounts_maintransfer_change", case.pk)

    def proof_view(self, request, proof_id):
        """Open one proof; the service writes down who did."""
        document, _content = services.view_transfer_proof(proof_id, actor=request.actor)
        return private_file(document, inline=True)
