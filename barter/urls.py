from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import include, path
from django.views.generic import RedirectView

from . import views
from .backoffice import with_queues

admin.site.login = secure_admin_login(admin.site.login)  # the admin under the same limits and second factor as everybody (F14)
admin.site.index = with_queues(admin.site.index)

for model in (EmailAddress, EmailConfirmation, Authenticator, UserSession):
    admin.site.unregister(model) if admin.site.is_registered(model) else None  # people's own things: changed by them, on their pages
admin.site.unregister(Group)  # what a group may do is written in migrations and granted by `manage.py grant_roles`, never typed in

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("i18n/setlang/", views.choose_language, name="set_language"),
    path("", include("accounts.urls")),  # before allauth's: it closes one of its pages to sub-accounts
    path("accounts/", include("allauth.urls")),
    path("me/", views.dashboard, name="dashboard"),
    path("", include("kernel.urls")),
    path("", include("catalog.urls")),
    path("", include("ledger.urls")),
    path("", include("orders.urls")),
    path("", include("credit_guarantee.urls")),
    path("", include("messaging.urls")),
    path("", include("helpdesk.urls")),
    path("", include("disputes.urls")),
    path("", include("major_clients.urls")),
    # Staff change their password where everybody does: under the same limits, with the same mail and the same fact (P37).
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", views.styleguide, name="styleguide"))

handler400, handler500 = "barter.errors.bad_request", "barter.errors.server_error"
