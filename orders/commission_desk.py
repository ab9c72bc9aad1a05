"""The desk of commission rates: one enters, another puts in force; no row is ever typed over."""

from django import forms
from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actors import require_staff
from kernel.desks import Desk, InWords
from kernel.fields import LineField, PlainIntegerField
from ledger.queries import person_names

from . import services
from .commission import POINTS_MOST, percent
from .forms import KeyForm
from .models import CommissionRate
from .permissions import APPROVE_COMMISSION, ENTER_COMMISSION


class CommissionForm(KeyForm):
    payer_bp = PlainIntegerField(
        label=_("Paying side, basis points"),
        min_value=0,
        max_value=POINTS_MOST,
        help_text=_("50 is half a percent of the money parts of an order."),
    )
    payee_bp = PlainIntegerField(label=_("Receiving side, basis points"), min_value=0, max_value=POINTS_MOST)
    starts_on = forms.DateField(label=_("For orders proposed from"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = LineField(label=_("Reason"), max_length=200)


@admin.register(CommissionRate)
class CommissionRateAdmin(InWords, Desk):
    list_display = ["payer_side", "payee_side", "starts_on", "state", "typed_by", "entered_at", "checked_by"]
    list_filter = ["state"]
    sortable_by = []
    ordering = ["-starts_on", "-id"]
    fields = readonly_fields = [
        "payer_side",
        "payee_side",
        "starts_on",
        "reason",
        "state",
        "typed_by",
        "entered_at",
        "checked_by",
        "decided_at",
    ]
    change_list_template = "orders/admin/commission_rates.html"
    change_form_template = "orders/admin/commission_rate.html"

    def name(self, rows) -> None:
        names = person_names({pk for row in rows for pk in (row.entered_by_id, row.decided_by_id) if pk})
        for row in rows:
            row.typed, row.checked = names.get(row.entered_by_id, "—"), names.get(row.decided_by_id, "—")

    def get_urls(self):
        enter, decide = self.admin_site.admin_view(self.enter_view), self.admin_site.admin_view(self.decide_view)
        return [
            path("enter/", enter, name="orders_commissionrate_enter"),
            path("<int:rate_id>/decision/", decide, name="orders_commissionrate_decision"),
            *super().get_urls(),
        ]

    @admin.display(description=_("paying side"))
    def payer_side(self, row):
        return percent(row.payer_bp)

    @admin.display(description=_("receiving side"))
    def payee_side(self, row):
        return percent(row.payee_bp)

    @admin.display(description=pgettext_lazy("commission", "entered by"))
    def typed_by(self, row):
        return row.typed

    @admin.display(description=pgettext_lazy("commission", "decided by"))
    def checked_by(self, row):
        return row.checked

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {**(extra_context or {}), "may_enter": request.actor.can_staff(ENTER_COMMISSION)})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        extra = {**(extra_context or {}), "may_decide": request.actor.can_staff(APPROVE_COMMISSION), "key_form": KeyForm()}
        return super().change_view(request, object_id, form_url, extra)

    def enter_view(self, request):
        require_staff(request.actor, ENTER_COMMISSION)
        form, status = CommissionForm(request.POST or None), 200
        if request.method == "POST":
            row, status = self.decide(form, lambda **typed: services.enter_commission(actor=request.actor, **typed))
            if row:
                messages.success(request, _("The rates are entered. They count when a colleague has put them in force."))
                return redirect("admin:orders_commissionrate_change", row.pk)
        return self.page(request, "orders/admin/commission_enter.html", title=_("Enter commission rates"), status=status, form=form)

    def decide_view(self, request, rate_id: int):
        require_staff(request.actor, APPROVE_COMMISSION)
        if request.method == "POST":
            act = services.approve_commission if "approve" in request.POST else services.refuse_commission
            form = KeyForm(request.POST)
            row, _status = self.decide(form, lambda request_key: act(rate_id, actor=request.actor, request_key=request_key))
            if row:
                messages.success(request, _("Commission rates: %(state)s") % {"state": row.get_state_display()})
            else:
                messages.error(request, " ".join(form.non_field_errors()) or _("Send the form again."))
        return redirect("admin:orders_commissionrate_change", rate_id)
