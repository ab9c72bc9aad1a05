"""What is left to ship under an order, and what a change of its terms would leave."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ..models import Amendment, Consignment, Order
from .desk import gone_of

GIVER, QUANTITY = 2, 7  # where a kept line of an amendment has them


def ending_words(order: Order, amendment: Amendment, me: int) -> str:
    """What to know before a change is confirmed that leaves a party nothing more to ship; empty when all go on shipping."""
    goods = list(Consignment.objects.with_parts().filter(order=order))
    done, _gone = gone_of(goods)
    sent: dict[int, int] = {}
    for row in goods:
        if row.state != "to_ship":
            sent[row.giver_id] = sent.get(row.giver_id, 0) + sum(many for _line, many in row.parts)
    agreed: dict[int, int] = {}
    for line in amendment.lines:
        agreed[line[GIVER]] = agreed.get(line[GIVER], 0) + line[QUANTITY]
    ending = [pk for pk, many in agreed.items() if pk not in done and sent.get(pk, 0) >= many]
    if not ending:
        return ""
    if set(agreed) <= {*done, *ending} and not any(row.state == "shipped" for row in goods):
        return _("Nothing remains to be shipped under this version and all that left was accepted: the order is completed and paid out.")
    if me in ending:
        return _("We ship nothing more under this version.")
    return _("%(firm)s ships nothing more under this version.") % {"firm": order.party_name(ending[0], get_language() or "")}
