"""Finance at the custodian's desk: what was asked, what was answered; escrows to look at, never to type over."""

from django.contrib import admin, messages
from django.http import QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.desks import Desk, InWords, ReadOnly, column
from kernel.money import Money
from kernel.templatetags.ui import clock, plain_money
from ledger.queries import about_number, person_names, reference_names

from . import bank_desk, queries, services
from .forms import ApproveForm, ConfirmForm, RefuseForm, RepeatForm, SuspenseForm
from .models import CustodianInstruction, Escrow
from .permissions import CONFIRM_CUSTODIAN

__all__ = ["bank_desk"]


class InstructionInline(ReadOnly, admin.TabularInline):
    model = CustodianInstruction
    fields = readonly_fields = ["kind", "amount", "state", "external_ref", "refusal_reason", "created_at", "answered_at"]
    ordering = ["id"]
    show_change_link = True

    @admin.display(description=_("amount"))
    def amount(self, instruction):
        return plain_money(instruction.amount)


@admin.register(Escrow)
class EscrowAdmin(InWords, Desk):
    list_display = ["remittance_reference", "amount", "payer", "payee", "state", "about", "opened_at"]
    list_filter = ["state", "currency"]
    list_select_related = ["payer", "payee"]
    search_fields = ["remittance_reference__exact"]
    search_help_text = _("Remittance reference or number of the order")
    sortable_by = []
    ordering = ["-id"]
    fields = readonly_fields = [
        "remittance_reference",
        "amount",
        "fee",
        "returned",
        "payer",
        "payee",
        "state",
        "about",
        "opened_at",
        "funded_at",
        "closed_at",
    ]
    inlines = [InstructionInline]

    def name(self, rows) -> None:
        names = reference_names(row.ref for row in rows)
        for row in rows:
            row.subject_name = names[row.ref]

    def get_search_results(self, request, queryset, search_term):
        text = search_term.strip()
        if not text:
            return queryset, False
        return queryset.filter(remittance_reference=text.upper()) | about_number(queryset, text), False

    @admin.display(description=_("amount"))
    def amount(self, escrow):
        return plain_money(escrow.amount)

    @admin.display(description=_("returned in parts"))
    def returned(self, escrow):
        return plain_money(Money(escrow.returned_minor, escrow.currency))

    @admin.display(description=_("platform's fee in it"))
    def fee(self, escrow):
        return plain_money(Money(escrow.fee_minor, escrow.currency))

    @admin.display(description=_("about"))
    def about(self, escrow):
        return escrow.subject_name


@admin.register(CustodianInstruction)
class CustodianInstructionAdmin(Desk):
    list_display = ["reference", "what", "amount", column("enterprise", _("enterprise")), "state", "due", "created_at", "external_ref"]
    list_filter = ["state", "kind"]
    list_select_related = ["escrow", "enterprise"]
    search_fields = ["escrow__remittance_reference__exact", "external_ref__exact"]
    search_help_text = _("Remittance reference or custodian's reference; every state is searched")
    sortable_by = []
    opens_on = "state__exact=sent"

    def get_queryset(self, request):
        return queries.with_due(super().get_queryset(request))

    def get_ordering(self, request):
        return queries.DUE_FIRST if request.GET.get("state__exact") == "sent" else ["-id"]

    def changelist_view(self, request, extra_context=None):
        if request.GET.get("q", "").strip() and "state__exact" in request.GET:  # a late payment is looked for among the withdrawn ones
            return redirect(f"{request.path}?{_without_state(request.GET)}")
        return super().changelist_view(request, extra_context)

    @admin.display(description=_("remittance reference"))
    def reference(self, instruction):
        return instruction.reference

    @admin.display(description=_("kind"))
    def what(self, instruction):
        return instruction.get_kind_display()

    @admin.display(description=_("amount"))
    def amount(self, instruction):
        return plain_money(instruction.amount)

    @admin.display(description=pgettext_lazy("custodian", "due"))
    def due(self, instruction):
        return clock(instruction.due_at, instruction.created_at) or "—"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The desk: what was asked of the custodian beside the forms for its answer."""
        instruction = queries.instruction_for(request.actor, object_id)
        forms, status, act = self._forms(instruction), 200, request.POST.get("act", "")
        if request.method == "POST" and act in forms:
            form = forms[act] = self._forms(instruction, request.POST)[act]
            said, status = self.decide(form, lambda **asked: self._answer(request.actor, instruction, act, **asked))
            if said:
                messages.success(request, said)
                return redirect("admin:credit_guarantee_custodianinstruction_changelist")
        approvals = list(instruction.approvals.order_by("pk"))
        people = person_names([instruction.answered_by_id, *(a.by_id for a in approvals)])
        return self.page(
            request, "credit_guarantee/admin/instruction.html", title=instruction.reference, status=status, instruction=instruction,
            forms=forms, may_answer=request.actor.can_staff(CONFIRM_CUSTODIAN), may_repeat=queries.can_send_again(instruction),
            about=reference_names([instruction.ref])[instruction.ref], answered_by=filter(None, [people.get(instruction.answered_by_id)]),
            approvals=[{"by": people.get(a.by_id, ""), "at": a.at} for a in approvals], missing=queries.people_missing(instruction),
            approved_already=any(a.by_id == request.actor.user_id for a in approvals),
            taken_back=bool(instruction.escrow) and instruction.kind != "collect" and queries.short_of(instruction.escrow),
        )  # fmt: skip

    def _forms(self, instruction, typed=None) -> dict:
        forms = {"confirm": ConfirmForm(typed), "refuse": RefuseForm(typed), "repeat": RepeatForm(typed)}
        forms["approve"] = ApproveForm(typed)
        if currency := queries.suspense_currency_of(instruction):
            forms["suspense"] = SuspenseForm(typed, currency=currency, initial={"amount": instruction.amount.decimal})
        return forms

    def _answer(self, actor, instruction, act, *, request_key, custodian_reference="", reason="", amount=None):
        if act == "refuse":
            services.refuse_instruction(instruction.pk, actor=actor, reason=reason, request_key=request_key)
            return _("The custodian's refusal is noted. No money has moved.")
        if act == "approve":
            left = queries.people_missing(services.approve_release(instruction.pk, actor=actor, request_key=request_key))
            return _("Approved. Another person must approve it too.") if left else _("Approved. The custodian is instructed now.")
        if act == "repeat":
            services.send_again(instruction.pk, actor=actor, request_key=request_key)
            return _("The instruction was sent again.")
        booked = {"actor": actor, "custodian_reference": custodian_reference, "request_key": request_key}
        if act == "suspense":
            services.book_suspense_receipt(instruction.escrow_id, amount=amount, **booked)
        elif instruction.kind != "collect":
            services.confirm_payout(instruction.pk, **booked)
            return _("The payment is confirmed.")
        elif services.confirm_collection(instruction.escrow_id, **booked).state != "cancelled":
            return _("Receipt is confirmed and the money is held.")
        return _("Nothing is waiting for this money any more. It is booked in suspense; a colleague must approve its return to the payer.")


def _without_state(asked: QueryDict) -> str:
    left = asked.copy()
    del left["state__exact"]
    return left.urlencode()
