"""The back office's pages about search: standing of sellers, words that mean the same; read here and written by services only."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from kernel.desks import ReadOnly
from kernel.money import Money
from kernel.refusals import NotFound, Refusal
from kernel.templatetags.ui import money, when

from . import queries, services
from .forms.standing import NewStandingForm, StandingForm, SynonymsForm
from .models import SellerStanding, SynonymGroup
from .models.standing import CURRENCY
from .permissions import CHANGE_STANDING, CHANGE_SYNONYMS

FIELDS = {"line_missing": "line", "line_negative": "line", "rating_range": "rating", "synonyms_few": "terms", "synonyms_many": "terms",
          "synonym_wordless": "terms"}  # of refusals: where their sentence stands # fmt: skip


class Desk(ReadOnly, admin.ModelAdmin):
    """A list and one form; who may change may also add."""

    permission = ""
    saved = ""

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm(self.permission)

    has_add_permission = has_change_permission

    def get_list_display_links(self, request, list_display):
        return super().get_list_display_links(request, list_display) if self.has_change_permission(request) else None

    def save_model(self, request, obj, form, change):
        raise PermissionDenied  # the services write

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if not self.has_change_permission(request):
            raise PermissionDenied
        row = self.row(object_id) if object_id else None
        form = self.form_of(row, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                self.write(request.actor, row, form)
                messages.success(request, self.saved)
                return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
            except NotFound:
                form.add_error("handle" if "handle" in form.fields else None, _("There is no verified enterprise with this address."))
            except Refusal as refusal:
                field = FIELDS.get(refusal.code)
                form.add_error(field if field in form.fields else None, str(refusal))
        context = {
            **self.admin_site.each_context(request), "title": str(row) if row else self.opts.verbose_name, "row": row, "form": form,
            "opts": self.opts,
        }  # fmt: skip
        return TemplateResponse(request, "catalog/admin/desk.html", context, status=422 if form.errors else 200)


@admin.register(SellerStanding)
class SellerStandingAdmin(Desk):
    list_display = ["enterprise", "guarantee_active", "shown_line", "completed_orders", "rating", "since"]
    list_filter = ["guarantee_active"]
    list_select_related = ["enterprise"]
    search_fields = ["enterprise__name__exact", "enterprise__handle__exact"]
    search_help_text = _("Name or address of the enterprise")
    ordering = ["-updated_at"]
    sortable_by = []
    permission, saved = CHANGE_STANDING, _("The standing is saved; badge and rank follow at once.")

    @admin.display(description=_("guarantee line"))
    def shown_line(self, standing):
        return money(standing.line)

    @admin.display(description=_("changed at"))
    def since(self, standing):
        return when(standing.updated_at)

    def row(self, pk):
        return queries.standing_for_staff(pk)

    def form_of(self, row, data):
        if row is None:
            return NewStandingForm(data, initial={"completed_orders": 0})
        initial = {"guarantee_active": row.guarantee_active, "line": row.line.decimal, "completed_orders": row.completed_orders,
                   "rating": row.rating}  # fmt: skip
        return StandingForm(data, initial=initial)

    def write(self, actor, row, form):
        asked = form.cleaned_data
        enterprise_id = row.pk if row else queries.seller_page(asked["handle"]).pk
        services.set_standing(
            enterprise_id, actor=actor, guarantee_active=asked["guarantee_active"], line=Money.of(asked["line"], CURRENCY),
            completed_orders=asked["completed_orders"], rating=asked["rating"], request_key=asked["request_key"],
        )  # fmt: skip


@admin.register(SynonymGroup)
class SynonymGroupAdmin(Desk):
    list_display = ["shown_terms"]
    search_fields = ["terms__icontains"]
    ordering = ["pk"]
    sortable_by = []
    permission, saved = CHANGE_SYNONYMS, _("The synonyms are saved; the next question uses them.")

    @admin.display(description=_("words"))
    def shown_terms(self, group):
        return str(group)

    def row(self, pk):
        return queries.synonym_group(pk)

    def form_of(self, row, data):
        form = SynonymsForm(data, initial={"terms": "\n".join(row.terms)} if row else {})
        if row is None:
            del form.fields["drop"]
        return form

    def write(self, actor, row, form):
        asked = form.cleaned_data
        if asked.get("drop"):
            services.drop_synonyms(row.pk, actor=actor, request_key=asked["request_key"])
        else:
            services.set_synonyms(row.pk if row else None, actor=actor, terms=form.lines(), request_key=asked["request_key"])
