from django.urls import path

from . import views

app_name = "helpdesk"
urlpatterns = [
    path("help/", views.home, name="home"),
    path("help/rules/", views.rules, name="rules"),
    path("help/contact/", views.contact, name="contact"),
    path("help/contact/sent/", views.contact_sent, name="contact_sent"),
]
