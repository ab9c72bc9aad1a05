from celery import shared_task

from . import services


@shared_task(name="kernel.relay", ignore_result=True)
def relay():
    services.deliver_due()


@shared_task(name="kernel.sweep_deadlines", ignore_result=True)
def sweep_deadlines():
    services.sweep_deadlines()
