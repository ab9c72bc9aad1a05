"""What the desks of all rooms share: tables to look at and never to type over, and pages on which staff decide through services."""

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .paging import CappedPaginator
from .refusals import Refusal
from .templatetags.ui import when


def _timed(model, name):
    """A column of moments in the words of `when`; any other as it is."""
    try:
        field = model._meta.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        field = None
    if not isinstance(field, models.DateTimeField):
        return name

    @admin.display(description=field.verbose_name, ordering=name, empty_value="—")
    def show(row):
        return when(getattr(row, name)) or None

    show.__name__ = name
    return show


class ReadOnly:
    """For desks and inlines: nothing is added, changed or deleted here; lists never count their table."""

    show_full_result_count = False
    list_per_page = 50
    paginator = CappedPaginator
    show_facets = admin.ShowFacets.NEVER

    def get_list_display(self, request):
        """The columns, times as the rest of the house writes them."""
        return [_timed(self.model, name) for name in super().get_list_display(request)]  # type: ignore[misc, attr-defined]

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[misc]
    """A table to look at."""


class Desk(ReadOnlyAdmin):
    """A queue that one permission opens; `decide` runs a service and puts its refusal on the form."""

    permission = ""  # "app.codename"; Django's own view permission when empty
    opens_on = ""  # the list's query until another is chosen: "state__exact=open"

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(self.permission) if self.permission else super().has_view_permission(request, obj)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def changelist_view(self, request, extra_context=None):
        if self.opens_on and not request.GET:
            return redirect(f"{request.path}?{self.opens_on}")
        return super().changelist_view(request, extra_context)

    def decide(self, form, act):
        """Return (what `act` returned, 200), or (None, status) with the refusal among the form's errors; an invalid form is not tried."""
        if not form.is_valid():
            return None, 422
        try:
            return act(**form.cleaned_data), 200
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return None, refusal.status

    def page(self, request, template: str, *, title, status: int = 200, **context):
        """The page of one row, in the frame of the back office."""
        frame = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return TemplateResponse(request, template, {**frame, **context}, status=status)


class InWords:
    """For desks whose rows need names from elsewhere: `name` gets all rows of a page at once, and the one row of a page of its own."""

    def get_changelist_instance(self, request):
        shown = super().get_changelist_instance(request)  # type: ignore[misc]
        shown.result_list = list(shown.result_list)
        self.name(shown.result_list)
        return shown

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)  # type: ignore[misc]
        if found is not None:
            self.name([found])
        return found

    def name(self, rows) -> None:
        """Put on every row what its columns say beyond its own fields."""
        raise NotImplementedError


class ChoiceFilter(admin.SimpleListFilter):
    """A filter of fixed words that stands on its first word until another is chosen; `all` lifts it."""

    words: tuple = ()

    def lookups(self, request, model_admin):
        return [*self.words, ("all", _("All"))]

    def value(self):
        return super().value() or self.words[0][0]

    def choices(self, changelist):
        for word, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: word})
            yield {"selected": self.value() == word, "query_string": query, "display": capfirst(label)}


def column(name, label):
    """A column of a table under a heading for people, where the model's own name for it does not do."""

    @admin.display(description=label)
    def show(row):
        return getattr(row, name)

    show.__name__ = name
    return show
