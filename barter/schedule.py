"""What beat rings for, and when; every sweep finds its work in rows, so a missed bell loses nothing."""

from celery.schedules import crontab

CELERY_BEAT_SCHEDULE = {
    "relay": {"task": "kernel.relay", "schedule": 10.0, "options": {"expires": 10}},
    "sweep_deadlines": {"task": "kernel.sweep_deadlines", "schedule": 15.0, "options": {"expires": 15}},
    "sweep_leftovers": {"task": "kernel.sweep_leftovers", "schedule": crontab(hour=3, minute=10)},
    "sweep_catalog": {"task": "catalog.sweep_catalog", "schedule": crontab(hour=3, minute=25)},
    "ask_carriers": {"task": "orders.ask_carriers", "schedule": 60.0, "options": {"expires": 60}},
    "retention": {"task": "accounts.retention", "schedule": crontab(hour=3, minute=40)},
    "keep_chain_heads": {"task": "kernel.keep_chain_heads", "schedule": crontab(hour=4, minute=10)},
}
