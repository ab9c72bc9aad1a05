"""How far an order has come."""

from django.utils.translation import gettext as _

from ..models import Order


def stages_of(order: Order, step) -> list[dict]:
    """The six stages for ui/stages.html; an order that ended early shows where."""
    goods = [c for c in order.consignments.all() if c.state != "cancelled" or (c.shipped_at and order.state == "cancelled")]
    shipped, accepted = ([getattr(c, name) for c in goods] for name in ("shipped_at", "accepted_at"))
    names = [
        (_("Proposed"), order.created_at), (_("Terms confirmed"), order.confirmed_at), (_("Payment held"), order.funded_at),
        (_("Shipped"), max(shipped) if shipped and all(shipped) else None),
        (_("Inspected and accepted"), max(accepted) if accepted and all(accepted) else None),
        (_("Completed"), order.completed_at),
    ]  # fmt: skip
    rows, ended = [], order.ended_at is not None
    for name, at in names:
        if at is None and ended:
            rows.append({"name": order.get_state_display(), "at": order.ended_at, "state": "now", "note": ""})
            break
        rows.append({"name": name, "at": at, "state": "done" if at else "todo", "note": ""})
    current_row = next((row for row in rows if row["state"] == "todo"), None)
    if current_row and not ended:
        current_row.update(state="now", note=_("Waiting for you") if step.mine else _("Waiting for the other side"))
    return rows
