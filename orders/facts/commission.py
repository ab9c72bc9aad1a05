from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("orders.commission_entered", label=_("Commission rates were entered"))
class CommissionEntered:
    rate_id: int
    payer_bp: int
    payee_bp: int
    starts_on: str


@fact("orders.commission_decided", label=_("Commission rates were put in force or refused"))
class CommissionDecided:
    rate_id: int
    payer_bp: int
    payee_bp: int
    move: str
