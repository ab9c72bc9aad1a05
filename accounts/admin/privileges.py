"""VIP and what else an enterprise is given: granted and ended by staff, with a reason each time (H59)."""

from datetime import datetime, time, timedelta

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _

from kernel.desks import Desk
from kernel.refusals import NotFound
from kernel.templatetags.ui import when

from .. import queries, services
from ..forms.privileges import PrivilegeEndForm, PrivilegeForm
from ..models import Privilege
from .desk import row_number

GRANT = "accounts.grant_privilege"


@admin.register(Privilege)
class PrivilegeAdmin(Desk):
    permission = "accounts.view_privilege"
    list_display = ["enterprise", "kind", "begins", "ends", "reason", "over"]
    list_select_related = ["enterprise"]
    list_filter = ["kind"]
    ordering = ["-id"]
    sortable_by = []
    search_fields = ["enterprise__handle__exact", "enterprise__registration_no__exact", "enterprise__name__startswith"]
    search_help_text = _("Registration number, handle or beginning of the name")

    @admin.display(description=_("since"))
    def begins(self, privilege):
        return when(privilege.since)

    @admin.display(description=_("until"))
    def ends(self, privilege):
        return when(privilege.until) or _("until it is ended")

    @admin.display(description=_("ended"))
    def over(self, privilege):
        return when(privilege.ended_at) or "—"

    def has_add_permission(self, request, obj=None):
        return request.user.has_perm(GRANT)

    def add_view(self, request, form_url="", extra_context=None):
        """Make a company VIP."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, status = PrivilegeForm(request.POST or None), 200
        if request.method == "POST":
            made, status = self.decide(form, lambda **asked: self._grant(request, **asked))
            if made:
                messages.success(request, _("%(name)s is VIP now.") % {"name": made.enterprise.name})
                return redirect("admin:accounts_privilege_changelist")
        return self._page(request, _("Grant VIP"), form, "grant", status, button=_("Grant"))

    def _grant(self, request, handle, until, reason, request_key):
        company = queries.company_named(request.actor, handle)
        end = make_aware(datetime.combine(until + timedelta(days=1), time())) if until else None
        return services.grant_privilege(company.pk, actor=request.actor, until=end, reason=reason, request_key=request_key)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One privilege, and its end."""
        privilege = queries.privileges_for_staff(request.actor).filter(pk=row_number(object_id)).first()
        if privilege is None:
            raise NotFound()
        form, status = PrivilegeEndForm(request.POST or None), 200
        if request.method == "POST":
            ended, status = self.decide(form, lambda **asked: services.end_privilege(privilege.pk, actor=request.actor, **asked))
            if ended:
                messages.success(request, _("The privilege has ended."))
                return redirect("admin:accounts_privilege_changelist")
        rows = [
            (_("enterprise"), privilege.enterprise.name), (_("privilege"), privilege.get_kind_display()),
            (_("since"), when(privilege.since)),
            (_("until"), when(privilege.until) or _("until it is ended")), (_("reason"), privilege.reason),
            (_("ended"), when(privilege.ended_at)), (_("reason for the end"), privilege.end_reason),
        ]  # fmt: skip
        may_end = privilege.ended_at is None and request.user.has_perm(GRANT)
        return self._page(request, privilege.enterprise.name, form if may_end else None, "end", status, button=_("End it"), rows=rows)

    def _page(self, request, title, form, name, status, *, button, rows=()):
        acts = [{"title": button, "form": form, "name": name, "button": button}] if form else []
        problems = [error for key in ("__all__", "request_key") for error in (form.errors.get(key, ()) if form else ())]
        return self.page(
            request, "kernel/admin/form.html", title=title, status=status, rows=rows, acts=acts, problems=problems,
            list_url=reverse("admin:accounts_privilege_changelist"),
        )  # fmt: skip
