from django.urls import path

from . import views

app_name = "major_clients"
urlpatterns = [
    path("vip/", views.home, name="home"),
    path("vip/apply/", views.apply, name="apply"),
]
