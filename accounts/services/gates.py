"""The gate of an enterprise: every act passes it together with others, freezing and closing pass it alone (P15, P16).

Advisory locks, not row locks: rows of enterprises are locked by acts of their own, and every foreign key looks at them at commit.
"""

from collections.abc import Iterable

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kernel.chains import enterprise_chain
from kernel.refusals import Denied, NotFound
from kernel.registries import act_gate

from ..models import Enterprise, Membership

# What a frozen enterprise's people may still do: ask for help, and say once more what they have said.
ALWAYS = {"helpdesk.make_request", "accounts.report_freeze", "accounts.freeze_own", "accounts.close", "accounts.ask_main_transfer"}


def pass_gate(enterprise_ids: Iterable[int]) -> dict[int, str]:
    """Hold the gates of enterprises open until the end of the transaction and return their states as they are now, by id.

    Take it before any row: whoever freezes or closes one of them waits for us, or we for them, and what we read here then stays true.
    """
    wanted = sorted(set(enterprise_ids))
    for enterprise_id in wanted:
        _take("pg_advisory_xact_lock_shared", enterprise_id)
    return dict(Enterprise.objects.filter(pk__in=wanted).values_list("pk", "state"))


def shut_gate(enterprise_id: int) -> None:
    """Wait for every act of an enterprise that has begun, and let none begin until the end of the transaction; before any row."""
    _take("pg_advisory_xact_lock", enterprise_id)


def _take(function: str, enterprise_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 15))", [enterprise_chain(enterprise_id)])


@act_gate("accounts.enterprise")
def enter(*, actor, verb: str) -> None:
    """Refuse an act for an enterprise that was frozen, closed or left after the actor was read.

    Raises Denied frozen, closed, membership_ended.
    """
    enterprise_id = getattr(actor, "enterprise_id", None)
    if not enterprise_id or verb in ALWAYS:
        return
    if actor.kind == "staff" and actor.enterprise_state != "verified":
        return  # at a desk, in the platform's name; `require` stops whatever they try for their own company
    state = pass_gate([enterprise_id]).get(enterprise_id)
    if state == "frozen":
        raise Denied("frozen", _("Your enterprise is frozen. Contact customer service; your counterparties keep their rights."))
    if state == "closed":
        raise Denied("closed", _("Your enterprise's account is closed."))
    if actor.membership_id and not _still_there(actor):
        raise Denied("membership_ended", _("You no longer act for this enterprise."))


def _still_there(actor) -> bool:
    """Whether the place that the actor was read from is open still, and still the main account's if it was (P14)."""
    rows = Membership.objects.filter(pk=actor.membership_id, ended_at=None, user__is_active=True)
    return rows.filter(is_main=actor.is_main).exists()


def partner_open(enterprise_id: int) -> None:
    """Hold a partner's gate open for new business with it; raises NotFound for one that may not trade."""
    if pass_gate([enterprise_id]).get(enterprise_id) != "verified":
        raise NotFound()
