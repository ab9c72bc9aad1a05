"""Finance at the custodian's desk: what was asked, what was answered; escrows to look at, never to type over."""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from kernel.refusals import Refusal

from . import queries, services
from .forms import ConfirmForm, RefuseForm, RepeatForm
from .models import CustodianInstruction, Escrow
from .permissions import CONFIRM_CUSTODIAN

FORMS = {"confirm": ConfirmForm, "refuse": RefuseForm, "repeat": RepeatForm}


class ReadOnly:
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class InstructionInline(ReadOnly, admin.TabularInline):
    model = CustodianInstruction
    fields = ["kind", "state", "external_ref", "refusal_reason", "created_at", "answered_at"]
    ordering = ["id"]
    show_change_link = True


@admin.register(Escrow)
class EscrowAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["remittance_reference", "amount", "payer", "payee", "state", "ref_id", "opened_at"]
    list_filter = ["state", "currency"]
    list_select_related = ["payer", "payee"]
    search_fields = ["remittance_reference__exact", "ref_id__exact"]
    search_help_text = _("Remittance reference or reference")
    ordering = ["-id"]
    fields = ["remittance_reference", "amount", "payer", "payee", "state", "ref_type", "ref_id", "opened_at", "funded_at", "closed_at"]
    readonly_fields = ["amount"]
    inlines = [InstructionInline]

    @admin.display(description=_("amount"))
    def amount(self, escrow):
        return escrow.amount


@admin.register(CustodianInstruction)
class CustodianInstructionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["reference", "kind", "amount", "enterprise", "state", "created_at", "external_ref"]
    list_filter = ["state", "kind"]
    list_select_related = ["escrow", "enterprise"]
    search_fields = ["escrow__remittance_reference__exact", "external_ref__exact"]
    search_help_text = _("Remittance reference or custodian's reference")
    ordering = ["created_at", "id"]  # who has waited longest is due first

    @admin.display(description=_("remittance reference"))
    def reference(self, instruction):
        return instruction.escrow.remittance_reference

    @admin.display(description=_("amount"))
    def amount(self, instruction):
        return instruction.amount

    def changelist_view(self, request, extra_context=None):
        if not request.GET:
            return redirect(f"{request.path}?state__exact=sent")
        return super().changelist_view(request, extra_context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The desk: what was asked of the custodian beside the forms for its answer."""
        instruction = queries.instruction_for(request.actor, object_id)
        forms = {name: form() for name, form in FORMS.items()}
        act = request.POST.get("act", "")
        if request.method == "POST" and act in FORMS:
            form = forms[act] = FORMS[act](request.POST)
            if form.is_valid():
                try:
                    messages.success(request, self._answer(request.actor, instruction, act, form.cleaned_data))
                    return redirect("admin:credit_guarantee_custodianinstruction_changelist")
                except Refusal as refusal:
                    form.add_error(None, str(refusal))
        context = {
            **self.admin_site.each_context(request), "title": instruction.escrow.remittance_reference, "opts": self.opts,
            "instruction": instruction, "forms": forms, "may_answer": request.actor.can_staff(CONFIRM_CUSTODIAN),
            "may_repeat": queries.can_send_again(instruction),
        }  # fmt: skip
        status = 422 if any(form.errors for form in forms.values()) else 200
        return TemplateResponse(request, "credit_guarantee/admin/instruction.html", context, status=status)

    def _answer(self, actor, instruction, act, asked):
        key = asked["request_key"]
        if act == "refuse":
            services.refuse_instruction(instruction.pk, actor=actor, reason=asked["reason"], request_key=key)
            return _("The custodian's refusal is noted. No money has moved.")
        if act == "repeat":
            services.send_again(instruction.pk, actor=actor, request_key=key)
            return _("The instruction was sent again.")
        reference = asked["custodian_reference"]
        if instruction.kind == "collect":
            services.confirm_collection(instruction.escrow_id, actor=actor, custodian_reference=reference, request_key=key)
            return _("Receipt is confirmed and the money is held.")
        services.confirm_payout(instruction.pk, actor=actor, custodian_reference=reference, request_key=key)
        return _("The payout is confirmed.")
