"""What the audit asks of the kernel: unbroken chains, no lost deliveries, no forgotten deadlines."""

from datetime import timedelta

from . import services
from .clock import now
from .models import ChainHead, ChainLink, Deadline, Delivery, Fact
from .registries import audit_check


@audit_check("kernel.fact_chains")
def fact_chains():
    """Every hash chain follows from its facts, and no link stands without a head, no fact without a link."""
    for head in ChainHead.objects.order_by("chain").iterator():
        for finding in services.verify_chain(head.chain):
            yield {"chain": head.chain, "finding": finding}
    headless = ChainLink.objects.exclude(chain__in=ChainHead.objects.values("chain")).order_by("chain")
    for chain in headless.values_list("chain", flat=True).distinct()[:100]:
        yield {"chain": chain, "finding": "links without a head"}
    for fact_id in Fact.objects.filter(links=None).order_by("pk").values_list("pk", flat=True)[:100]:
        yield {"fact": fact_id, "finding": "a fact that no chain holds"}


@audit_check("kernel.deliveries")
def deliveries():
    """No delivery has been given up, none is more than ten minutes late on its first attempt."""
    for delivery in Delivery.objects.exclude(dead_at=None).order_by("pk")[:100]:
        yield {"delivery": delivery.pk, "handler": delivery.handler, "finding": f"given up: {delivery.error[:200]}"}
    late = Delivery.objects.filter(done_at=None, dead_at=None, attempts=0, due_at__lt=now() - timedelta(minutes=10))
    if late.exists():
        yield {"finding": "facts wait for delivery for more than ten minutes: is the worker or the relay running?"}


@audit_check("kernel.deadlines")
def deadlines():
    """No open deadline is more than ten minutes past due without having fired."""
    overdue = Deadline.objects.filter(met_at=None, cancelled_at=None, fired_at=None, paused_at=None)
    for deadline in overdue.filter(due_at__lt=now() - timedelta(minutes=10)).order_by("pk")[:100]:
        yield {"deadline": deadline.pk, "policy": deadline.policy, "finding": "due and never fired"}


@audit_check("kernel.chain_anchors")
def chain_anchors():
    """No chain is shorter or other than the newest file of chain ends says, and no such file was changed or taken away."""
    yield from services.check_anchors()
