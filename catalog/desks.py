"""The back office of requests, advertisements, campaigns and exposure; written by services only."""

import csv
from functools import partial

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.queries import in_green_order
from kernel.clock import now
from kernel.desks import Desk
from kernel.refusals import NotFound
from kernel.sheets import neutral
from kernel.templatetags.ui import plain_money, when

from . import queries, services
from .forms import CampaignForm, HideForm, KeyedForm, RejectAdForm, StaffAdForm
from .models import Ad, Campaign, ListingDay, Want
from .permissions import HIDE_WANT, READ_REACH, REVIEW_AD, RUN_CAMPAIGN, VIEW_CAMPAIGN
from .templatetags.catalog import quantity


def number(object_id) -> int:
    """The primary key in an admin address; raises NotFound for anything else."""
    text = str(object_id)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound()
    return int(text)


class FormDesk(Desk):
    """A desk whose rows have pages of acts: each act a form with a button, the refusal on top of the form it is about."""

    sortable_by = ()

    @property
    def list_name(self) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"

    def acted(self, request, acts: dict, *, said):
        """Run the act whose button was pressed: (redirect or None, status, forms by name). `acts` is {name: (form class, service)}."""
        name = request.POST.get("act", "")
        forms = {key: kind(request.POST if key == name else None) for key, (kind, _service) in acts.items()}
        if request.method != "POST":
            return None, 200, forms
        if name not in acts:
            return None, 422, forms
        done, status = self.decide(forms[name], acts[name][1])
        if done is None:
            return None, status, forms
        messages.success(request, said[name])
        return redirect(self.list_name), 200, forms

    def form_page(self, request, title, *, status, forms, titles, rows=(), offered=True, **context):
        """The page of a row; where nothing is `offered` any more, what was refused is still said."""
        problems = [error for form in forms.values() for name in ("__all__", "request_key") for error in form.errors.get(name, ())]
        acts = [{"name": name, "title": titles[name], "button": titles[name], "form": form} for name, form in forms.items() if offered]
        return self.page(
            request, "kernel/admin/form.html", title=title, status=status, acts=acts, problems=problems, rows=rows,
            list_url=reverse(self.list_name), **context,
        )  # fmt: skip


def moment(name: str, label):
    @admin.display(description=label)
    def show(desk, row):
        return when(getattr(row, name)) or "—"

    return show


@admin.register(Want)
class WantAdmin(FormDesk):
    list_display = ["no", "title", "poster", "category", "wanted", "unit", "state", "since"]
    list_filter = ["state", "category"]
    list_select_related = ["enterprise", "category"]
    search_fields = ["no__exact"]
    search_help_text = pgettext_lazy("wanted goods", "Number of the request")
    ordering = ["-id"]
    since = moment("created_at", _("created at"))

    @admin.display(description=_("quantity"))
    def wanted(self, want):
        return quantity(want.quantity)

    @admin.display(description=_("Posted by"))
    def poster(self, want):
        return want.enterprise or _("Individual member")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """What a request says, and taking it down."""
        want = queries.want_for_staff(request.actor, number(object_id))
        may = request.user.has_perm(HIDE_WANT) and want.state in ("open", "expired")
        acts = {"hide": (HideForm, partial(services.hide_want, want.no, actor=request.actor))}
        said = {"hide": _("%(no)s is taken down; its owner reads the reason.") % {"no": want.no}}
        done, status, forms = self.acted(request, acts, said=said)
        if done:
            return done
        rows = [
            (_("number"), want.no), (_("Wanted"), want.title), (_("Posted by"), want.enterprise or _("Individual member")),
            (_("category"), want.category), (_("quantity"), f"{quantity(want.quantity)} {want.get_unit_display()}"),
            (_("can give in exchange"), want.can_give), (_("description in Chinese"), want.description_zh),
            (_("description in English"), want.description_en),
            (_("properties"), "; ".join(f"{k}: {v}" for k, v in want.attributes.items())),
            (_("state"), want.get_state_display()), (_("created at"), when(want.created_at)), (_("shown until"), when(want.expires_at)),
            (_("closed at"), when(want.closed_at)), (_("reason for taking it down"), want.hidden_reason),
        ]  # fmt: skip
        titles = {"hide": _("Take it down")}
        return self.form_page(request, want.no, status=status, forms=forms, offered=may, titles=titles, rows=rows)


@admin.register(Ad)
class AdAdmin(FormDesk):
    permission, opens_on = REVIEW_AD, "state__exact=in_review"
    list_display = ["no", "enterprise", "listing", "place", "category", "starts_on", "ends_on", "state", "shown", "opened"]
    list_filter = ["state", "place"]
    search_fields = ["no__exact", "enterprise__handle__exact"]
    search_help_text = _("Number of the advertisement, or handle of the enterprise")

    def get_queryset(self, request):
        return in_green_order(queries.ads_for_staff(request.actor), queue="listings", moment="created_at", enterprise="enterprise_id")

    def get_ordering(self, request):
        return ["queue_place", "id"]

    @admin.display(description=_("times shown"))
    def shown(self, ad):
        return ad.shown

    @admin.display(description=_("times opened"))
    def opened(self, ad):
        return ad.opened

    def has_add_permission(self, request, obj=None):
        return request.user.has_perm(REVIEW_AD)

    def add_view(self, request, form_url="", extra_context=None):
        """Book a place for the goods of a VIP company."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        kind = partial(StaffAdForm, categories=queries.categories())
        said = {"book": _("The advertisement is handed in and waits for its review.")}
        done, status, forms = self.acted(request, {"book": (kind, partial(services.book_ad, actor=request.actor))}, said=said)
        return done or self.form_page(request, _("Book a place"), status=status, forms=forms, titles={"book": _("Book a place")})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One advertisement and the decision about it."""
        ad = queries.ad_for_staff(request.actor, number(object_id))
        given = {"actor": request.actor}
        acts = {}
        if ad.state == "in_review":
            acts["approve"] = (KeyedForm, partial(services.approve_ad, ad.no, **given))
            acts["reject"] = (RejectAdForm, partial(services.reject_ad, ad.no, **given))
        if ad.state in ("in_review", "approved"):
            acts["end"] = (KeyedForm, partial(services.end_ad, ad.no, **given))
        said = {
            "approve": _("%(no)s runs on its days.") % {"no": ad.no}, "reject": _("%(no)s is sent back.") % {"no": ad.no},
            "end": _("%(no)s has ended.") % {"no": ad.no},
        }  # fmt: skip
        done, status, forms = self.acted(request, acts, said=said)
        if done:
            return done
        rows = [
            (_("enterprise"), ad.enterprise.name), (_("listing"), ad.listing), (_("place"), ad.get_place_display()),
            (_("category"), ad.category),
            (_("line in Chinese"), ad.words_zh), (_("line in English"), ad.words_en), (_("from"), ad.starts_on),
            (_("until and including"), ad.ends_on), (_("state"), ad.get_state_display()), (_("times shown"), str(ad.shown)),
            (_("times opened"), str(ad.opened)), (_("reason for sending back"), ad.rejection_reason),
        ]  # fmt: skip
        titles = {"approve": _("Approve"), "reject": _("Send back"), "end": _("End it")}
        return self.form_page(request, ad.no, status=status, forms=forms, titles=titles, rows=rows)


@admin.register(Campaign)
class CampaignAdmin(FormDesk):
    permission = VIEW_CAMPAIGN
    change_list_template = "catalog/admin/campaigns.html"

    def get_urls(self):
        file = self.admin_site.admin_view(self.file_view)
        return [path("file/", file, name="catalog_campaign_file"), *super().get_urls()]

    def has_add_permission(self, request, obj=None):
        return request.user.has_perm(RUN_CAMPAIGN)

    def changelist_view(self, request, extra_context=None):
        """The report: what came of each campaign."""
        context = {"outcomes": queries.campaign_report(request.actor), "may_run": self.has_add_permission(request)}
        return self.page(request, self.change_list_template, title=_("Campaigns and what came of them"), **context)

    def file_view(self, request):
        """The same as a table for a spreadsheet."""
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="campaigns-{now():%Y%m%d}.csv"'
        response.write("\ufeff")
        rows = csv.writer(response)
        rows.writerow(
            [
                _("Code"),
                pgettext_lazy("title", "Name"),
                _("Medium"),
                _("Visits"),
                _("Inquiries"),
                _("Registrations"),
                _("Orders"),
                _("Value"),
                _("Orders of 100 visits"),
            ]
        )
        for outcome in queries.campaign_report(request.actor):
            campaign, counts = outcome.campaign, outcome.counts
            cells = [campaign.code, campaign.name, campaign.get_medium_display(), outcome.visits, counts["inquiry"], counts["registration"]]
            cells += [counts["order"], " + ".join(str(value) for value in outcome.values), outcome.conversion]
            rows.writerow([neutral(cell) for cell in cells])
        return response

    def add_view(self, request, form_url="", extra_context=None):
        """A new tracking code."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        acts = {"start": (CampaignForm, partial(services.start_campaign, actor=request.actor))}
        done, status, forms = self.acted(request, acts, said={"start": _("The campaign is created; its code counts from now on.")})
        return done or self.form_page(request, _("New campaign"), status=status, forms=forms, titles={"start": _("Create")})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One campaign, what came of it, and its end."""
        campaign = queries.campaign_for_staff(request.actor, number(object_id))
        acts = {"end": (KeyedForm, partial(services.end_campaign, campaign.pk, actor=request.actor))}
        done, status, forms = self.acted(request, acts, said={"end": _("The campaign has ended; what came of it stays in the report.")})
        if done:
            return done
        outcome = queries.campaign_report(request.actor, only=campaign.pk)[0]
        rows = [
            (_("Code"), campaign.code), (pgettext_lazy("title", "Name"), campaign.name), (_("Medium"), campaign.get_medium_display()),
            (_("Note"), campaign.note),
            (_("Visits"), str(outcome.visits)), (_("Inquiries"), str(outcome.counts["inquiry"])),
            (_("Registrations"), str(outcome.counts["registration"])), (_("Orders"), str(outcome.counts["order"])),
            (_("Value"), " + ".join(plain_money(value) for value in outcome.values)), (_("created at"), when(campaign.created_at)),
            (_("ended"), when(campaign.ended_at)),
        ]  # fmt: skip
        may = self.has_add_permission(request) and campaign.ended_at is None
        return self.form_page(
            request, campaign.name, status=status, forms=forms, offered=may, titles={"end": _("End the campaign")}, rows=rows
        )


@admin.register(ListingDay)
class ReachAdmin(Desk):
    """Exposure of guaranteed offers against the others (C06)."""

    permission = READ_REACH

    def changelist_view(self, request, extra_context=None):
        groups = queries.reach_report(request.actor)
        return self.page(request, "catalog/admin/reach.html", title=_("Guaranteed offers and others"), groups=groups)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return self.changelist_view(request)  # the figures of a single offer are its seller's
