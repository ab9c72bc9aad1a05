"""The desk of proposed limits: raised by two people; what the rule of growth proposes waits for both of them (B04)."""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actors import require_staff
from kernel.desks import Desk, InWords
from kernel.templatetags.ui import plain_money

from . import queries, services
from .forms import KeyForm
from .limit_queries import figures_printed
from .models import LimitProposal
from .permissions import SET_DEBIT_LIMIT


@admin.register(LimitProposal)
class LimitProposalAdmin(InWords, Desk):
    list_display = ["enterprise", "kind", "before", "amount", "state", "proposer", "backer", "decider", "proposed_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["enterprise"]
    sortable_by = []
    ordering = ["-id"]
    fields = readonly_fields = [
        "enterprise", "kind", "before", "amount", "reason", "state", "proposer", "proposed_at", "backer", "decider", "decided_at",
    ]  # fmt: skip
    change_form_template = "ledger/admin/limit_proposal.html"

    def name(self, rows) -> None:
        names = queries.person_names({pk for row in rows for pk in (row.proposed_by_id, row.backed_by_id, row.decided_by_id) if pk})
        for row in rows:
            rule = _("the rule of growth")
            row.proposed_by, row.decided_by = names.get(row.proposed_by_id, rule), names.get(row.decided_by_id, "—")
            row.backed_by = names.get(row.backed_by_id, "—")

    def get_urls(self):
        decide = self.admin_site.admin_view(self.decide_view)
        return [path("<int:proposal_id>/decision/", decide, name="ledger_limitproposal_decision"), *super().get_urls()]

    @admin.display(description=_("limit before"))
    def before(self, proposal):
        return plain_money(proposal.before)

    @admin.display(description=_("limit after"))
    def amount(self, proposal):
        return plain_money(proposal.amount)

    @admin.display(description=_("proposed by"))
    def proposer(self, proposal):
        return proposal.proposed_by

    @admin.display(description=pgettext_lazy("ledger", "backed by"))
    def backer(self, proposal):
        return proposal.backed_by

    @admin.display(description=pgettext_lazy("ledger", "decided by"))
    def decider(self, proposal):
        return proposal.decided_by

    def change_view(self, request, object_id, form_url="", extra_context=None):
        proposal = self.get_object(request, object_id)
        figures = figures_printed(proposal.basis) if proposal and proposal.basis else None
        may = request.actor.can_staff(SET_DEBIT_LIMIT)
        extra = {**(extra_context or {}), "may_decide": may, "key_form": KeyForm(), "figures": figures}
        return super().change_view(request, object_id, form_url, extra)

    def decide_view(self, request, proposal_id: int):
        require_staff(request.actor, SET_DEBIT_LIMIT)
        if request.method == "POST":
            form, act = KeyForm(request.POST), services.approve_limit if "approve" in request.POST else services.refuse_limit
            done, _status = self.decide(form, lambda request_key: act(proposal_id, actor=request.actor, request_key=request_key))
            if done and done.state == "proposed":
                messages.success(request, _("Your approval is noted. A second person must approve it before it is in force."))
            elif done:
                messages.success(request, _("%(proposal)s: %(state)s") % {"proposal": done, "state": done.get_state_display()})
            else:
                messages.error(request, " ".join(form.non_field_errors()) or _("Send the form again."))
        return redirect("admin:ledger_limitproposal_change", proposal_id)
