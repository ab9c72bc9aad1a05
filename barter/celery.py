"""Celery is a doorbell: what must happen is a row with a due time; these tasks only come sooner because of it."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "barter.settings")
app = Celery("evenhand")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
