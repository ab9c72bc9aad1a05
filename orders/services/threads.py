"""Messages on an order: kept as evidence, never deleted."""

from django.db import transaction

from accounts.actors import Actor, require
from kernel.refusals import NotFound
from kernel.services import claim_key, record
from messaging.services import post_message

from ..facts import MessageWritten
from ..models import Order
from ..permissions import WRITE_MESSAGES


@transaction.atomic
def write_message(no: str, *, actor: Actor, body: str, uploads, request_key: str):
    """Write to the other party on the order's page, with files."""
    require(actor, WRITE_MESSAGES)
    order = Order.objects.own(actor).filter(no=no).first()
    if order is None:
        raise NotFound()
    claim = claim_key(request_key, verb="orders.write_message", actor=actor, inputs={"no": no, "body": body})
    message = post_message(
        subject=order, parties=order.parties, actor=actor, body=body, uploads=uploads, request_key=f"{request_key[:60]}-msg"
    )
    if claim.result_id:
        return message
    value = MessageWritten(order_id=order.pk, no=order.no, from_id=actor.party_id, to_id=order.other_party_id(actor.party_id))
    record(value, actor=actor, subject=order, chains=order.chains)
    claim.done(message.pk)
    return message
