from celery import shared_task

from . import services


@shared_task(name="orders.ask_carriers", ignore_result=True)
def ask_carriers():
    services.ask_carriers()
