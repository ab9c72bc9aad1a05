from django.urls import path

from . import views

app_name = "disputes"
urlpatterns = [
    path("me/cases/", views.complaint_list, name="list"),
    path("me/cases/new/", views.complaint_new, name="new"),
    path("me/cases/<str:no>/", views.complaint_detail, name="detail"),
]
