"""Who is VIP, and in which order a queue with VIP companies in it is worked."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Case, DateTimeField, Exists, ExpressionWrapper, F, OuterRef, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from kernel.refusals import Refusal

from ..actors import Actor, require_staff
from ..models import Enterprise, Privilege
from ..models.privileges import VIP
from ..rules import GREEN_CHANNEL

SEE_PRIVILEGES = "accounts.view_privilege"


def vip_privileges() -> QuerySet[Privilege]:
    """The VIP privileges in force now, for subqueries of other rooms: `.values("enterprise_id")`."""
    return Privilege.objects.in_force().filter(kind=VIP)


def is_vip(enterprise_id: int | None) -> bool:
    """Whether an enterprise is VIP at this moment."""
    return bool(enterprise_id) and vip_privileges().filter(enterprise_id=enterprise_id).exists()


def privileges_for_staff(actor: Actor) -> QuerySet[Privilege]:
    """Every privilege, newest first, for the back office; raises Denied."""
    require_staff(actor, SEE_PRIVILEGES)
    return Privilege.objects.select_related("enterprise").order_by("-pk")


def bonus_of(queue: str) -> timedelta:
    """How much earlier a VIP company's item stands in a queue."""
    return timedelta(hours={**GREEN_CHANNEL, **settings.GREEN_CHANNEL}[queue])


def in_green_order(rows: QuerySet, *, queue: str, moment: str, enterprise: str) -> QuerySet:
    """Annotate rows of a queue with `vip` and with `queue_place`, the moment to sort by (H59).

    `moment` names the column the queue runs by (when it is due, or came in), `enterprise` the column of the company whose item it is.
    An ordinary item is overtaken only by VIP items whose moment is at most the queue's bonus later than its own.
    """
    vip = Exists(vip_privileges().filter(enterprise_id=OuterRef(enterprise)))
    earlier = ExpressionWrapper(F(moment) - Value(bonus_of(queue)), output_field=DateTimeField())
    place = Case(When(vip=True, then=earlier), default=F(moment), output_field=DateTimeField())
    return rows.annotate(vip=vip).annotate(queue_place=place)


def company_named(actor: Actor, text: str) -> Enterprise:
    """The company with a handle or a registration number, as staff type it; raises Denied, Refusal company_unknown."""
    require_staff(actor, SEE_PRIVILEGES)
    found = Enterprise.objects.filter(handle=text.lower()).first() or Enterprise.objects.filter(registration_no=text.upper()).first()
    if found is None:
        raise Refusal("company_unknown", _("No enterprise has this handle or registration number."))
    return found
