"""The books as finance and auditors see them: nothing here can be typed over; the one button asks a service."""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actors import require_staff
from kernel.desks import Desk, InWords, ReadOnly
from kernel.queries import actor_label
from kernel.templatetags.ui import absolute, plain_money

from . import limit_desk as _limit_desk  # noqa: F401 - its desk registers itself
from . import queries, services
from .forms import KeyForm, LimitForm, RatesForm
from .models import Account, Entry, ExchangeRate, Hold, LimitChange, Posting, RateSheet
from .permissions import APPROVE_RATES, ENTER_RATES, SET_DEBIT_LIMIT
from .rules import KIND_LABELS


class AboutSomething(InWords):
    """Rows that are about a thing of another room, called by its number."""

    search_help_text = _("Number of the order")

    def name(self, rows) -> None:
        names = queries.reference_names((row.ref_type, row.ref_id) for row in rows)
        for row in rows:
            row.subject_name = names[row.ref_type, row.ref_id]

    def get_search_results(self, request, queryset, search_term):
        return (queries.about_number(queryset, search_term.strip()) if search_term.strip() else queryset), False

    @admin.display(description=_("about"))
    def about(self, row):
        return row.subject_name


class LimitChangeInline(ReadOnly, admin.TabularInline):
    model = LimitChange
    fields = readonly_fields = ["at", "before", "after", "reason", "who"]
    ordering = ["-id"]

    @admin.display(description=_("limit before"))
    def before(self, change):
        return plain_money(change.before)

    @admin.display(description=_("limit after"))
    def after(self, change):
        return plain_money(change.after)

    @admin.display(description=pgettext_lazy("ledger", "decided by"))
    def who(self, change):
        return queries.person_names([change.actor_user_id]).get(change.actor_user_id, "—")


@admin.register(Account)
class AccountAdmin(InWords, Desk):
    list_display = ["owner", "purpose_label", "currency", "balance", "limit"]
    list_filter = ["purpose", "currency"]
    search_fields = ["holder__exact"]
    search_help_text = _("Beginning of the company's name, handle or registration number")
    sortable_by = []
    ordering = ["-id"]
    fields = readonly_fields = ["owner", "purpose", "currency", "derived", "limit", "latest"]
    inlines = [LimitChangeInline]
    change_list_template = "ledger/admin/account_list.html"

    def name(self, rows) -> None:
        names = queries.holder_names(row.holder for row in rows)
        for row in rows:
            row.holder_name = names[row.holder]

    def get_search_results(self, request, queryset, search_term):
        text = search_term.strip()
        return (queryset.filter(holder__in=[text, *queries.holders_named(text)]) if text else queryset), False

    def get_urls(self):
        limit = self.admin_site.admin_view(self.limit_view)
        return [path("limit/", limit, name="ledger_account_limit"), *super().get_urls()]

    @admin.display(description=_("purpose"))
    def purpose_label(self, account):
        return account.get_purpose_display()

    @admin.display(description=_("holder"))
    def owner(self, account):
        return account.holder_name

    @admin.display(description=_("balance"))
    def balance(self, account):
        return plain_money(account.balance) if account.tracked else "—"  # the sum of an untracked account is on its own page

    @admin.display(description=_("balance"))
    def derived(self, account):
        return plain_money(queries.derived_balance(account))

    @admin.display(description=_("barter limit"))
    def limit(self, account):
        return plain_money(account.limit) if account.purpose == "wallet" else "—"

    @admin.display(description=_("latest postings"))
    def latest(self, account):
        lines = [
            f"{absolute(p.entry.at)} · {p.entry.no} · {KIND_LABELS.get(p.entry.kind, p.entry.kind)} · {plain_money(p.amount)}"
            for p in queries.latest_postings(account)
        ]
        return "\n".join(lines) or "—"

    def changelist_view(self, request, extra_context=None):
        may = request.actor.can_staff(SET_DEBIT_LIMIT)
        return super().changelist_view(request, {**(extra_context or {}), "may_set_limit": may})

    def limit_view(self, request):
        """Lower a limit of an enterprise, or propose a higher one; it may not even have a wallet yet."""
        require_staff(request.actor, SET_DEBIT_LIMIT)
        form, status = LimitForm(request.POST or None, initial={"enterprise": request.GET.get("enterprise", "")}), 200
        if request.method == "POST":
            done, status = self.decide(form, lambda **asked: self._set(request.actor, **asked))
            if isinstance(done, Account):
                messages.success(request, _("The barter limit is now %(limit)s.") % {"limit": plain_money(done.limit)})
                return redirect("admin:ledger_account_change", done.pk)
            if done:
                messages.success(request, _("%(proposal)s: %(state)s") % {"proposal": done, "state": done.get_state_display()})
                return redirect("admin:ledger_limitproposal_change", done.pk)
        return self.page(request, "ledger/admin/limit.html", title=_("Set or propose a limit"), status=status, form=form)

    def _set(self, actor, *, enterprise, kind, limit, reason, request_key):
        """Lower at once, propose to raise."""
        enterprise_id, asked = queries.enterprise_named(actor, enterprise), {"limit": limit, "reason": reason, "actor": actor}
        if kind == "debit" and limit <= queries.debit_limit(enterprise_id):
            return services.set_debit_limit(enterprise_id, request_key=request_key, **asked)
        return services.propose_limit(enterprise_id, kind=kind, request_key=request_key, **asked)


class PostingInline(ReadOnly, admin.TabularInline):
    model = Posting
    fields = readonly_fields = ["owner", "purpose", "sum", "afterwards"]
    ordering = ["id"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("account")

    @admin.display(description=_("holder"))
    def owner(self, posting):
        return queries.holder_names([posting.account.holder])[posting.account.holder]

    @admin.display(description=_("purpose"))
    def purpose(self, posting):
        return posting.account.get_purpose_display()

    @admin.display(description=_("amount"))
    def sum(self, posting):
        return plain_money(posting.amount)

    @admin.display(description=_("balance afterwards"))
    def afterwards(self, posting):
        return "—" if posting.balance_after is None else plain_money(type(posting.amount)(posting.balance_after, posting.currency))


class KindFilter(admin.SimpleListFilter):
    title, parameter_name = _("kind"), "kind__exact"

    def lookups(self, request, model_admin):
        return list(KIND_LABELS.items())

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Entry)
class EntryAdmin(AboutSomething, Desk):
    list_display = ["no", "what", "about", "at", "who"]
    list_filter = [KindFilter]
    search_fields = ["ref_id__exact"]
    sortable_by = []
    ordering = ["-id"]
    fields = readonly_fields = ["no", "what", "at", "about", "who", "person", "firm", "reverses", "key"]
    inlines = [PostingInline]

    @admin.display(description=_("voucher number"))
    def no(self, entry):
        return entry.no

    @admin.display(description=_("kind"))
    def what(self, entry):
        return KIND_LABELS.get(entry.kind, entry.kind)

    @admin.display(description=_("actor"))
    def who(self, entry):
        return actor_label(entry.actor_kind)

    @admin.display(description=pgettext_lazy("ledger", "person"))
    def person(self, entry):
        return queries.person_names([entry.actor_user_id]).get(entry.actor_user_id, "—")

    @admin.display(description=pgettext_lazy("ledger", "acting for"))
    def firm(self, entry):
        return queries.holder_names([entry.acting_for])[entry.acting_for] or "—"


@admin.register(Hold)
class HoldAdmin(AboutSomething, Desk):
    list_display = ["amount", "payer", "payee", "state", "about", "created_at"]
    list_filter = ["state", "currency"]
    list_select_related = ["payer", "payee"]
    search_fields = ["ref_id__exact"]
    sortable_by = []
    ordering = ["-id"]
    fields = readonly_fields = ["amount", "payer", "payee", "state", "about", "created_at", "settled_at"]

    @admin.display(description=_("amount"))
    def amount(self, hold):
        return plain_money(hold.amount)


class RateInline(ReadOnly, admin.TabularInline):
    model = ExchangeRate
    fields = readonly_fields = ["units", "currency", "cny"]
    ordering = ["currency"]


@admin.register(RateSheet)
class RateSheetAdmin(InWords, Desk):
    """Exchange rates: typed in by one, put in force by another who compares them with their source (M41)."""

    list_display = ["source", "as_of", "state", "typed_by", "entered_at", "checked_by"]
    list_filter = ["state"]
    sortable_by = []
    ordering = ["-as_of", "-id"]
    fields = readonly_fields = ["source", "as_of", "state", "typed_by", "entered_at", "checked_by", "decided_at"]
    inlines = [RateInline]
    change_list_template = "ledger/admin/rate_sheets.html"
    change_form_template = "ledger/admin/rate_sheet.html"

    def name(self, rows) -> None:
        names = queries.person_names({pk for row in rows for pk in (row.entered_by_id, row.decided_by_id) if pk})
        for row in rows:
            row.typed, row.checked = names.get(row.entered_by_id, "—"), names.get(row.decided_by_id, "—")

    def get_urls(self):
        enter, decide = self.admin_site.admin_view(self.enter_view), self.admin_site.admin_view(self.decide_view)
        return [
            path("enter/", enter, name="ledger_ratesheet_enter"),
            path("<int:sheet_id>/decision/", decide, name="ledger_ratesheet_decision"),
            *super().get_urls(),
        ]

    @admin.display(description=_("typed in by"))
    def typed_by(self, sheet):
        return sheet.typed

    @admin.display(description=pgettext_lazy("ledger", "decided by"))
    def checked_by(self, sheet):
        return sheet.checked

    def changelist_view(self, request, extra_context=None):
        may = request.actor.can_staff(ENTER_RATES)
        return super().changelist_view(request, {**(extra_context or {}), "may_enter": may})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        may = request.actor.can_staff(APPROVE_RATES)
        extra = {**(extra_context or {}), "may_decide": may, "key_form": KeyForm()}
        return super().change_view(request, object_id, form_url, extra)

    def enter_view(self, request):
        require_staff(request.actor, ENTER_RATES)
        form, status = RatesForm(request.POST or None), 200
        if request.method == "POST":
            sheet, status = self.decide(form, lambda **typed: services.enter_rates(actor=request.actor, **typed))
            if sheet:
                messages.success(request, _("The rates are entered. They count when a colleague has compared them with their source."))
                return redirect("admin:ledger_ratesheet_change", sheet.pk)
        return self.page(request, "ledger/admin/rates_enter.html", title=_("Enter exchange rates"), status=status, form=form)

    def decide_view(self, request, sheet_id: int):
        require_staff(request.actor, APPROVE_RATES)
        if request.method == "POST":
            form, act = KeyForm(request.POST), services.approve_rates if "approve" in request.POST else services.refuse_rates
            sheet, _status = self.decide(form, lambda request_key: act(sheet_id, actor=request.actor, request_key=request_key))
            if sheet:
                messages.success(request, _("%(sheet)s: %(state)s") % {"sheet": sheet, "state": sheet.get_state_display()})
            else:
                messages.error(request, " ".join(form.non_field_errors()) or _("Send the form again."))
        return redirect("admin:ledger_ratesheet_change", sheet_id)
