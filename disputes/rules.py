"""What a complaint may be about, how fast it is taken up, and who may turn out to be responsible."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.deadlines import policy

ACKNOWLEDGE = policy(
    "disputes.acknowledge",
    label=_("Taking up the complaint"),
    consequence=_("both parties and the desk are told that it is late, and the lateness stays on record"),
    hours=1,
)

CLASSES = [("logistics", _("Logistics")), ("contract", _("Contract")), ("quality", _("Product quality"))]  # H40
RESPONSIBLE = [
    ("opener", _("the party that complained")),
    ("other", pgettext_lazy("complaint", "the other party")),
    ("carrier", _("the carrier")),
    ("platform", _("the platform")),
    ("nobody", _("nobody")),
]
STATEMENT_MIN, STATEMENT_MAX, OUTCOME_MAX = 10, 4000, 4000


def complaint_refusal(confirmed_at: datetime | None) -> str:
    """Why a complaint about an order cannot be opened: before both parties agreed there is nothing that could be broken."""
    return "" if confirmed_at else _("A complaint needs a confirmed order. A proposal can simply be declined or withdrawn.")


def statement_refusal(statement: str) -> str:
    if len(statement) < STATEMENT_MIN:
        return _("Say what happened in at least 10 characters: the mediator decides on your words.")
    return _("At most 4,000 characters, please.") if len(statement) > STATEMENT_MAX else ""
