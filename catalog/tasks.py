from celery import shared_task

from kernel.timer import TIMER

from . import services


@shared_task(name="catalog.sweep_catalog", ignore_result=True)
def sweep_catalog():
    services.sweep_catalog(actor=TIMER)
