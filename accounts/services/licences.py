"""The end of a licence as deadlines: reminders before it and the end itself, set anew whenever another date comes on file (H51)."""

from django.db import transaction

from kernel.clock import now
from kernel.services import lock, meet_deadline, start_deadline

from ..models import Enterprise
from ..rules import LICENCE_ENDS, REMINDERS, reminder_times


@transaction.atomic
def watch_licence(enterprise_id: int) -> None:
    """Set the reminders of a verified company's licence and its end; those of an earlier date are over. Harmless when repeated.

    Raises NotFound. The times are the mornings of the days before, by the house's calendar.
    """
    enterprise = lock(Enterprise.objects.all(), pk=enterprise_id)
    for code in (*REMINDERS.values(), LICENCE_ENDS):
        meet_deadline(code, enterprise)
    if enterprise.licence_expires_on is None or enterprise.state not in ("verified", "frozen"):
        return
    for code, moment in reminder_times(enterprise.licence_expires_on, now()).items():
        start_deadline(code, enterprise, chains=[enterprise.chain], at=moment)
