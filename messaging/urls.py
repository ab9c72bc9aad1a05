from django.urls import path

from . import views

app_name = "messaging"
urlpatterns = [
    path("me/inbox/", views.inbox, name="inbox"),
    path("me/inbox/read/", views.all_read, name="all_read"),
    path("me/inbox/<int:notice_id>/", views.notice_open, name="notice_open"),
    path("me/messages/files/<str:token>/", views.attachment, name="attachment"),
]
