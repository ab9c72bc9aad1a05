from celery import shared_task

from . import services
from .timer import TIMER


@shared_task(name="kernel.relay", ignore_result=True)
def relay():
    services.deliver_due()


@shared_task(name="kernel.sweep_deadlines", ignore_result=True)
def sweep_deadlines():
    services.sweep_deadlines()


@shared_task(name="kernel.sweep_leftovers", ignore_result=True)
def sweep_leftovers():
    services.sweep_leftovers(actor=TIMER)


@shared_task(name="kernel.keep_chain_heads", ignore_result=True)
def keep_chain_heads():
    services.keep_chain_heads(actor=TIMER, once_a_day=True)
