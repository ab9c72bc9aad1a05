"""The back office's desk for categories and what their goods are described by; services write, and note who did it (M40)."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from kernel.desks import ReadOnly
from kernel.refusals import Refusal

from . import queries, services
from .forms import AttributeForm, CategoryForm, MoveForm, NewAttributeForm, NewCategoryForm, new_key
from .models import Attribute, Category

FIELD_OF = {"category_taken": "code", "attribute_taken": "code"}


@admin.register(Category)
class CategoryAdmin(ReadOnly, SimpleHistoryAdmin):
    list_display = ["code", "named", "name_zh", "name_en", "hs", "vat_percent", "position", "used"]
    list_per_page = 200
    ordering = ["path", "position"]
    sortable_by = []
    search_fields = ["code__istartswith", "name_zh__contains", "name_en__icontains"]

    @admin.display(description=_("place in the tree"))
    def named(self, category):
        return f"{'　' * (category.level - 1)}{category.name}"

    @admin.display(description=_("in use"), boolean=True)
    def used(self, category):
        return category.retired_at is None

    def has_add_permission(self, request, obj=None):
        return request.user.has_perm("catalog.add_category")

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("catalog.change_category")

    def get_list_display_links(self, request, list_display):
        return super().get_list_display_links(request, list_display) if self.has_change_permission(request) else None

    def save_model(self, request, obj, form, change):
        raise PermissionDenied  # the services write; this way the history's "revert" cannot either

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """One category's names, place and attributes, or a new one."""
        category = queries.category_for_staff(object_id) if object_id else None
        if not (self.has_change_permission(request) if category else self.has_add_permission(request)):
            raise PermissionDenied
        parents = list(queries.possible_parents(category))
        form, move, act = self._forms(request, category, parents)
        acted = {"move": move}.get(act, form)
        problem = ""
        if request.method == "POST" and (act in ("retire", "restore", "delete") or acted.is_valid()):
            try:
                return self._save(request, category, act, acted)
            except Refusal as refusal:
                problem = str(refusal)
                if refusal.code in FIELD_OF and act == "":
                    acted.add_error(FIELD_OF[refusal.code], problem)
                    problem = ""
        context = {
            **self.admin_site.each_context(request), "title": category.name if category else _("Add a category"), "category": category,
            "form": form, "move": move, "problem": problem, "keys": [new_key() for _n in range(3)], "opts": self.opts,
            "attributes": queries.attributes_of(category) if category else [], "way": queries.way_to(category) if category else [],
        }  # fmt: skip
        bad = problem or acted.errors if request.method == "POST" else False
        return TemplateResponse(request, "catalog/admin/category.html", context, status=422 if bad else 200)

    def _forms(self, request, category, parents):
        act = request.POST.get("act", "")
        bound = request.POST if request.method == "POST" and act == "" else None
        if category is None:
            return NewCategoryForm(bound, parents=parents), None, act
        values = {name: getattr(category, name, None) for name in CategoryForm.base_fields if name != "request_key"}
        moved = request.POST if request.method == "POST" and act == "move" else None
        place = {"parent": category.parent.code} if category.parent else {}
        return CategoryForm(bound, initial=values), MoveForm(moved, parents=parents, initial=place, auto_id="move_%s"), act

    def _save(self, request, category, act, form):
        key = request.POST.get("request_key", "")
        if category is None:
            services.add_category(actor=request.actor, **form.cleaned_data)
        elif act == "move":
            services.move_category(category.pk, actor=request.actor, **form.cleaned_data)
        elif act in ("retire", "restore"):
            services.retire_category(category.pk, actor=request.actor, retired=act == "retire", request_key=key)
        elif act == "delete":
            services.delete_category(category.pk, actor=request.actor, request_key=key)
            messages.success(request, _("The category is deleted."))
            return redirect("admin:catalog_category_changelist")
        else:
            services.change_category(category.pk, actor=request.actor, **form.cleaned_data)
        messages.success(request, _("The category is saved."))
        return redirect("admin:catalog_category_changelist")


@admin.register(Attribute)
class AttributeAdmin(ReadOnly, SimpleHistoryAdmin):
    list_display = ["category", "code", "name_zh", "name_en", "kind", "unit", "required", "facet", "used"]
    list_filter = ["kind", "required", "facet"]
    list_select_related = ["category"]
    ordering = ["category__path", "position", "id"]
    sortable_by = []
    search_fields = ["code__istartswith", "category__code__istartswith", "name_zh__contains", "name_en__icontains"]

    @admin.display(description=_("in use"), boolean=True)
    def used(self, attribute):
        return attribute.retired_at is None

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("catalog.view_category") or self._keeps(request)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_add_permission(self, request, obj=None):
        return self._keeps(request)

    def has_change_permission(self, request, obj=None):
        return self._keeps(request)

    def _keeps(self, request) -> bool:
        return request.user.has_perm("catalog.change_category")

    def get_list_display_links(self, request, list_display):
        return super().get_list_display_links(request, list_display) if self._keeps(request) else None

    def save_model(self, request, obj, form, change):
        raise PermissionDenied  # the services write

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """One attribute, or a new one of the category that the address names."""
        if not self._keeps(request):
            raise PermissionDenied
        attribute = queries.attribute_for_staff(object_id) if object_id else None
        act = request.POST.get("act", "")
        form = self._form(request, attribute)
        problem = ""
        if request.method == "POST" and (act in ("retire", "restore") or form.is_valid()):
            try:
                return self._save(request, attribute, act, form)
            except Refusal as refusal:
                field = refusal.params.get("field") or FIELD_OF.get(refusal.code)
                problem = str(refusal) if act or not field else ""
                if field and not act:
                    form.add_error(field, str(refusal))
        context = {
            **self.admin_site.each_context(request), "title": str(attribute) if attribute else _("Add an attribute"), "opts": self.opts,
            "attribute": attribute, "form": form, "problem": problem, "key": new_key(),
            "where": attribute.category.code if attribute else form["category"].value(),
        }  # fmt: skip
        bad = bool(problem) or (request.method == "POST" and not act and form.errors)
        return TemplateResponse(request, "catalog/admin/attribute.html", context, status=422 if bad else 200)

    def _form(self, request, attribute):
        bound = request.POST if request.method == "POST" and not request.POST.get("act") else None
        if attribute is None:
            return NewAttributeForm(bound, initial={"category": request.GET.get("category", "")})
        values = {name: getattr(attribute, name) for name in AttributeForm.base_fields if name != "request_key"}
        values["choices"] = "\n".join(" | ".join(choice) for choice in attribute.choices)
        return AttributeForm(bound, initial=values)

    def _save(self, request, attribute, act, form):
        if attribute is None:
            attribute = services.add_attribute(actor=request.actor, **form.cleaned_data)
        elif act:
            key = request.POST.get("request_key", "")
            services.retire_attribute(attribute.pk, actor=request.actor, retired=act == "retire", request_key=key)
        else:
            services.change_attribute(attribute.pk, actor=request.actor, **form.cleaned_data)
        messages.success(request, _("The attribute is saved."))
        return redirect("admin:catalog_category_change", attribute.category_id)
