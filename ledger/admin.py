"""The books as finance and auditors see them: nothing here can be typed over; the one button asks a service."""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from kernel.refusals import Refusal

from . import queries, services
from .forms import LimitForm
from .models import Account, Entry, Hold, LimitChange, Posting
from .permissions import SET_DEBIT_LIMIT


class ReadOnly:
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class LimitChangeInline(ReadOnly, admin.TabularInline):
    model = LimitChange
    fields = ["at", "before", "after", "reason", "actor_user_id"]
    readonly_fields = ["before", "after"]
    ordering = ["-id"]

    @admin.display(description=_("limit before"))
    def before(self, change):
        return change.before

    @admin.display(description=_("limit after"))
    def after(self, change):
        return change.after


@admin.register(Account)
class AccountAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["holder", "purpose", "currency", "balance", "limit"]
    list_filter = ["purpose", "currency", "tracked"]
    search_fields = ["holder__exact"]
    search_help_text = _("Holder, for example enterprise:7")
    ordering = ["-id"]
    fields = ["holder", "purpose", "currency", "tracked", "derived", "limit", "latest"]
    readonly_fields = ["derived", "limit", "latest"]
    inlines = [LimitChangeInline]
    change_list_template = "ledger/admin/account_list.html"

    def get_urls(self):
        limit = self.admin_site.admin_view(self.limit_view)
        return [path("limit/", limit, name="ledger_account_limit"), *super().get_urls()]

    @admin.display(description=_("balance"))
    def balance(self, account):
        return account.balance if account.tracked else "—"  # the sum of an untracked account is on its own page

    @admin.display(description=_("balance"))
    def derived(self, account):
        return queries.derived_balance(account)

    @admin.display(description=_("barter limit"))
    def limit(self, account):
        return account.limit if account.purpose == "wallet" else "—"

    @admin.display(description=_("latest postings"))
    def latest(self, account):
        return "\n".join(f"{p.entry.no} · {p.amount}" for p in queries.latest_postings(account)) or "—"

    def changelist_view(self, request, extra_context=None):
        may = request.actor.can_staff(SET_DEBIT_LIMIT)
        return super().changelist_view(request, {**(extra_context or {}), "may_set_limit": may})

    def limit_view(self, request):
        """Set the barter limit of an enterprise that may not even have a wallet yet."""
        require_staff(request.actor, SET_DEBIT_LIMIT)
        form = LimitForm(request.POST or None, initial={"enterprise": request.GET.get("enterprise", "")})
        if request.method == "POST" and form.is_valid():
            asked = form.cleaned_data
            try:
                enterprise_id = queries.enterprise_named(request.actor, asked["enterprise"])
                account = services.set_debit_limit(enterprise_id, limit=asked["limit"], reason=asked["reason"], actor=request.actor)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The barter limit is now %(limit)s.") % {"limit": account.limit})
                return redirect("admin:ledger_account_change", account.pk)
        context = {**self.admin_site.each_context(request), "title": _("Set a barter limit"), "form": form, "opts": self.opts}
        return TemplateResponse(request, "ledger/admin/limit.html", context, status=422 if form.errors else 200)


class PostingInline(ReadOnly, admin.TabularInline):
    model = Posting
    fields = ["account", "sum", "balance_after"]
    readonly_fields = ["sum"]
    ordering = ["id"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("account")

    @admin.display(description=_("amount"))
    def sum(self, posting):
        return posting.amount


@admin.register(Entry)
class EntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["no", "kind", "ref_type", "ref_id", "at", "actor_kind"]
    list_filter = ["kind"]
    search_fields = ["key__exact", "ref_id__exact"]
    search_help_text = _("Key or reference")
    ordering = ["-id"]
    fields = ["no", "kind", "at", "ref_type", "ref_id", "key", "actor_kind", "actor_user_id", "acting_for", "reverses"]
    readonly_fields = ["no"]
    inlines = [PostingInline]

    @admin.display(description=_("voucher number"))
    def no(self, entry):
        return entry.no


@admin.register(Hold)
class HoldAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["id", "amount", "payer", "payee", "state", "ref_id", "created_at"]
    list_filter = ["state", "currency"]
    list_select_related = ["payer", "payee"]
    search_fields = ["ref_id__exact"]
    search_help_text = _("Reference of the hold")
    ordering = ["-id"]
    fields = ["amount", "payer", "payee", "state", "ref_type", "ref_id", "created_at", "settled_at"]
    readonly_fields = ["amount"]

    @admin.display(description=_("amount"))
    def amount(self, hold):
        return hold.amount
