"""The staff's list of people."""

from allauth.account.forms import ResetPasswordForm
from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.desks import ReadOnly
from kernel.refusals import Refusal

from .. import queries, services
from ..forms.keyed import new_key
from ..forms.review import GROUP_LABELS, StaffForm
from ..models import User
from .desk import row_number

WAITING = ("submitted", "under_review")
SEE_PAPERS, REVIEW, CHANGE_PEOPLE = "accounts.view_qualificationdocument", "accounts.review_enterprise", "accounts.change_user"


@admin.register(User)
class UserAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["username", "display_name", "email", "is_staff", "is_active", "date_joined"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email__exact", "username__exact"]
    search_help_text = _("E-mail address or user name")
    ordering = ["-id"]
    sortable_by = []

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One person: where they belong, their staff rights, and the link for a new password; nobody chooses it for them."""
        person = queries.person_for_staff(request.actor, row_number(object_id))
        act = request.POST.get("act", "")
        rights = {"is_staff": person.is_staff, "groups": [group.name for group in person.groups.all()]}
        form = StaffForm(request.POST if act == "rights" else None, initial=rights, names=queries.staff_groups())
        refusal, status = "", 422 if request.method == "POST" else 200
        if act == "reset" or (act == "rights" and form.is_valid()):
            try:
                return self._act(request, person, act, form)
            except Refusal as refused:
                refusal, status = str(refused), refused.status
        context = {
            **self.admin_site.each_context(request), "title": str(person), "opts": self.opts, "person": person, "form": form,
            "held": [GROUP_LABELS.get(name, name) for name in rights["groups"]],
            "key": new_key(), "refusal": refusal,
            "may_change": request.actor.can_staff(CHANGE_PEOPLE) and person.pk != request.actor.user_id,
        }  # fmt: skip
        return TemplateResponse(request, "accounts/admin/person.html", context, status=status)

    def _act(self, request, person, act, form):
        if act == "reset":
            email = services.note_reset_link(person.pk, actor=request.actor, request_key=request.POST.get("request_key", ""))
            mail = ResetPasswordForm({"email": email})  # of an empty address, when it was sent before, it sends nothing
            if mail.is_valid():
                mail.save(request)
            messages.success(request, _("A link for a new password is on its way to the person's own address."))
        else:
            services.set_staff(person.pk, **form.cleaned_data, actor=request.actor)
            messages.success(request, _("The staff rights are changed; they count from the next page on."))
        return redirect(reverse("admin:accounts_user_change", args=[person.pk]))
