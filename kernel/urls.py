from django.urls import path

from . import views

app_name = "kernel"
urlpatterns = [
    path("me/jobs/", views.jobs, name="jobs"),
    path("me/jobs/<str:no>/", views.job, name="job"),
    path("me/jobs/<str:no>/stop/", views.job_stop, name="job_stop"),
    path("me/jobs/<str:no>/result/", views.job_result, name="job_result"),
    path("me/jobs/<str:no>/refused/", views.job_refused, name="job_refused"),
]
