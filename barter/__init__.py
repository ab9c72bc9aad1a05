"""Wiring only: settings, URLs, Celery, WSGI; nobody imports it."""

from .celery import app as celery_app

__all__ = ["celery_app"]
