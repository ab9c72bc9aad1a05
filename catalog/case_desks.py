"""Desks of customer service in the catalogue: goods kept for buyers (H59), reports about offers and requests (H52); services write."""

from functools import partial

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.refusals import NotFound, Refusal
from kernel.templatetags.ui import when

from . import queries, services
from .desks import FormDesk, moment, number
from .forms import DecideReportForm, EndReservationForm, StaffReservationForm, UpholdReportForm
from .models import BuyerReservation, Report
from .permissions import HANDLE_REPORT, RESERVE_FOR_BUYER, VIEW_RESERVATIONS
from .templatetags.catalog import quantity


class CaseDesk(FormDesk):
    """A desk whose refusals stand at the fields that they name, and whose pages end with what happened."""

    def decide(self, form, act):
        if not form.is_valid():
            return None, 422
        try:
            return act(**form.cleaned_data), 200
        except NotFound:
            if "no" not in form.fields:
                raise
            form.add_error("no", _("No goods on sale have this number."))
            return None, 422
        except Refusal as refusal:
            named = {name: text for name, text in refusal.params.get("fields", {}).items() if name in form.fields}
            for name, text in (named or {None: str(refusal)}).items():
                form.add_error(name, text)
            return None, refusal.status

    def log_of(self, row) -> dict:
        rows = [(when(at), what, who) for at, what, who in queries.acts_on(row)]
        return {"title": pgettext_lazy("log", "What happened"), "heads": [_("time"), pgettext_lazy("log", "What"), _("by")], "rows": rows}


@admin.register(BuyerReservation)
class BuyerReservationAdmin(CaseDesk):
    """Goods that are kept for buyers; customer service keeps some for a buyer, and gives up what is kept, each with a reason."""

    opens_on = "state__exact=held"
    list_display = ["no", "listing", "seller", "buyer", "amount", "until", "asked_by", "state"]
    list_filter = ["state", "asked_by"]
    search_fields = ["no__exact", "listing__no__exact", "buyer__handle__exact", "buyer__name__exact"]
    search_help_text = _("Number of the reservation or the listing, or name or address of the buyer")
    ordering = ["-id"]

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(VIEW_RESERVATIONS) or self.has_add_permission(request)

    def has_add_permission(self, request, obj=None):
        return request.user.has_perm(RESERVE_FOR_BUYER)

    def get_queryset(self, request):
        return queries.every_reservation(request.actor)

    @admin.display(description=_("seller"))
    def seller(self, row):
        return row.listing.seller

    @admin.display(description=_("still kept"))
    def amount(self, row):
        return f"{quantity(row.rest)} {row.listing.get_unit_display()}"

    def add_view(self, request, form_url="", extra_context=None):
        """Keep goods of any seller for a buyer."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        acts = {"keep": (StaffReservationForm, partial(services.reserve_for_buyer, actor=request.actor))}
        said = {"keep": _("The goods are kept; both sides are told.")}
        done, status, forms = self.acted(request, acts, said=said)
        titles = {"keep": _("Keep goods for a buyer")}
        return done or self.form_page(request, titles["keep"], status=status, forms=forms, titles=titles)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One reservation, what happened to it, and giving it up."""
        kept = queries.reservation_for_staff(request.actor, number(object_id))
        may = self.has_add_permission(request) and kept.state == "held"
        if request.method == "POST" and not self.has_add_permission(request):
            raise PermissionDenied
        acts = {"release": (EndReservationForm, partial(services.release_reservation, kept.no, actor=request.actor))}
        said = {"release": _("%(no)s is given up; the goods are free again.") % {"no": kept.no}}
        done, status, forms = self.acted(request, acts, said=said)
        if done:
            return done
        unit, goods = kept.listing.get_unit_display(), reverse("admin:catalog_listing_change", args=[kept.listing_id])
        rows = [
            (_("number"), kept.no), (_("listing"), format_html('<a href="{}">{}</a>', goods, kept.listing)),
            (_("seller"), kept.listing.seller), (_("buyer"), kept.buyer), (_("quantity"), f"{quantity(kept.quantity)} {unit}"),
            (_("ordered of it"), f"{quantity(kept.used)} {unit}"), (_("still kept"), f"{quantity(kept.rest)} {unit}"),
            (_("free on the shelf"), f"{quantity(kept.listing.stock.free)} {unit}"), (_("kept until"), when(kept.until)),
            (_("asked for by"), kept.get_asked_by_display()), (_("note"), kept.note), (_("state"), kept.get_state_display()),
            (_("created at"), when(kept.created_at)), (_("ended"), when(kept.ended_at)), (_("reason for its end"), kept.end_reason),
        ]  # fmt: skip
        return self.form_page(
            request, kept.no, status=status, forms=forms, offered=may, titles={"release": _("Give it up")}, rows=rows,
            table=self.log_of(kept),
        )  # fmt: skip


@admin.register(Report)
class ReportAdmin(CaseDesk):
    """Reports about offers and requests, oldest first: looked into, answered with a reason, and what is wrong taken down."""

    permission, opens_on = HANDLE_REPORT, "state__exact=open"
    list_display = ["no", "kind", "thing", "owner", "state", "since", "due"]
    list_filter = ["state", "kind"]
    search_fields = ["no__exact", "want__no__exact", "listing__no__exact"]
    search_help_text = _("Number of the report, the request or the listing")
    since = moment("created_at", _("created at"))

    def get_queryset(self, request):
        return queries.reports_for_staff(request.actor)

    def get_ordering(self, request):
        return ["queue_place", "id"]

    @admin.display(description=_("to be answered by"))
    def due(self, report):
        if report.due_at is None or report.state != "open":
            return None
        return format_html("{} · <b>{}</b>", when(report.due_at), _("late")) if report.late_at else when(report.due_at)

    @admin.display(description=pgettext_lazy("report", "about"))
    def thing(self, report):
        return report.about

    @admin.display(description=_("belongs to"))
    def owner(self, report):
        return (report.listing.seller if report.listing else report.want.enterprise) or _("Individual member")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One report, what it is about, and the decision."""
        report = queries.report_for_staff(request.actor, number(object_id))
        decide = partial(services.decide_report, report.no, actor=request.actor)
        acts = {"uphold": (UpholdReportForm, partial(decide, upheld=True)), "dismiss": (DecideReportForm, partial(decide, upheld=False))}
        said = {
            "uphold": _("%(no)s is answered; what it is about is no longer shown.") % {"no": report.no},
            "dismiss": _("%(no)s is answered; what it is about stays as it is.") % {"no": report.no},
        }
        done, status, forms = self.acted(request, acts, said=said)
        if done:
            return done
        page = "catalog_listing" if report.listing else "catalog_want"
        about = reverse(f"admin:{page}_change", args=[report.about.pk])
        rows = [
            (_("number"), report.no), (pgettext_lazy("report", "about"), format_html('<a href="{}">{}</a>', about, report.about)),
            (_("belongs to"), self.owner(report)), (_("state of it"), report.about.get_state_display()),
            (_("what is wrong"), report.get_kind_display()), (_("what was seen"), report.text),
            (_("reported by"), report.enterprise or report.user), (_("created at"), when(report.created_at)),
            (_("to be answered by"), self.due(report)),
            (_("state"), report.get_state_display()), (_("decided"), when(report.decided_at)), (_("what came of it"), report.answer),
        ]  # fmt: skip
        titles = {"uphold": _("Right: take it down"), "dismiss": _("Nothing wrong found")}
        return self.form_page(
            request, report.no, status=status, forms=forms, offered=report.state == "open", titles=titles, rows=rows,
            table=self.log_of(report),
        )  # fmt: skip
