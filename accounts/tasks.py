from celery import shared_task

from kernel.timer import TIMER

from . import services


@shared_task(name="accounts.retention", ignore_result=True)
def retention():
    services.erase_old_papers(actor=TIMER)
