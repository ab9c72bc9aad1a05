from django.urls import path

from .views import company, team

app_name = "accounts"
urlpatterns = [
    path("accounts/email/", team.own_addresses, name="own_addresses"),
    path("join/", company.join, name="join"),
    path("me/company/", company.company, name="company"),
    path("me/company/papers/<str:token>/", company.paper, name="paper"),
    path("me/enterprise/", company.switch, name="switch"),
    path("shop/team/", team.team, name="team"),
    path("shop/team/new/", team.member_new, name="member_new"),
    path("shop/team/log/", team.log, name="log"),
    path("shop/team/<int:pk>/", team.member, name="member"),
    path("shop/team/<int:pk>/boxes/", team.member_boxes, name="member_boxes"),
    path("shop/team/<int:pk>/password/", team.member_password, name="member_password"),
    path("shop/team/<int:pk>/end/", team.member_end, name="member_end"),
]
