from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("join/", views.join, name="join"),
    path("me/company/", views.company, name="company"),
    path("me/company/papers/<str:token>/", views.paper, name="paper"),
    path("me/enterprise/", views.switch, name="switch"),
    path("shop/team/", views.team, name="team"),
    path("shop/team/new/", views.member_new, name="member_new"),
    path("shop/team/log/", views.log, name="log"),
    path("shop/team/<int:membership_id>/", views.member, name="member"),
    path("shop/team/<int:membership_id>/permissions/", views.member_permissions, name="member_permissions"),
    path("shop/team/<int:membership_id>/password/", views.member_password, name="member_password"),
    path("shop/team/<int:membership_id>/ending/", views.member_ending, name="member_ending"),
]
