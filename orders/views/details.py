"""The page of one order, its timeline, its papers and its messages."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actors import Actor
from accounts.permissions import MANAGE_TEAM
from credit_guarantee.queries import charges_of, payment_details, unpaid_of
from kernel.chains import subject_of
from kernel.money import Money
from kernel.refusals import Denied, NotFound, Refusal
from kernel.responses import private_file
from ledger.queries import entries_about, vouchers_of
from messaging.queries import messages_about

from .. import bargaining, queries, rules, services
from ..commission import charged
from ..forms import EventForm, MessageForm, new_key
from ..models import Order
from ..permissions import (
    ACCEPT_GOODS,
    ASK_CONTRACT,
    ASK_INVOICE,
    PRINT_PAPERS,
    PROPOSE_AMENDMENT,
    REQUEST_REFUND,
    SHIP,
    VIEW_PAPERS,
    WRITE_MESSAGES,
)
from ..queries import contracts, desk, invoices, invoicing, papers
from ..queries.given_back import back_of, fee_after, received_after, secured_after
from ..queries.stages import stages_of
from ..schedules import cash_parts, clock_of_part, due_words, name_of, next_due
from ..states import CONTRACT_OPEN
from .links import link_to, url_of


def side_of_viewer(actor: Actor, order: Order) -> int:
    """The party whose eyes the page takes: the actor's own, or the proposer's for staff."""
    return actor.enterprise_id if actor.enterprise_id in order.parties else order.proposer_id


@login_required
def order_detail(request, no: str):
    """One order from the viewer's side."""
    return page(request, queries.order_for(request.actor, no))


def page(request, order: Order, *, message_form: MessageForm | None = None, event_form: EventForm | None = None, status: int = 200):
    """Render an order's page; forms with errors keep what was typed."""
    actor = request.actor
    me = side_of_viewer(actor, order)
    clocks = queries.clocks_of([order])
    step = desk.next_step(order, me, clocks)
    other, money = order.responder if me == order.proposer_id else order.proposer, money_lines(order, me, clocks)
    context = {
        "nav": "orders", "order": order, "me": me, "step": step, "mark": desk.mark_of(order, step), "stages": stages_of(order, step),
        "title": desk.title_of(order, me), "other": other, "other_name": desk.other_name(order, me), "is_party": actor.enterprise_id == me,
        "give": desk.side_of(order, me), "get": desk.side_of(order, other.pk), "weights": desk.weights(order, me),
        "trade": bargaining.trade_of(order, me), "commission": charged(order.tenders.all(), me, order.payer_bp, order.payee_bp),
        "acts": _allowed(actor, order, step), "denied_act": step.act and step.act.capability and not actor.can(step.act.capability),
        "money": money, "unpaid": {row["tender"].escrow_id for row in money if row["unpaid"]}, "entries": entries_about(subject_of(order)),
        "shipments": [_shipment(actor, order, c, me, event_form) for c in sorted(order.consignments.all(), key=_as_sent) if c.parts],
        "refunds": [(refund, queries.part_words(order, refund)) for refund in sorted(order.refunds.all(), key=lambda r: r.pk)],
        "part_possible": _part_possible(actor, order), "refund_possible": _refund_possible(actor, order),
        "thread": [_message(m, order, me) for m in messages_about(order)],
        "message_form": message_form or MessageForm(initial={"request_key": new_key()}),
        "may_write": actor.enterprise_id == me and actor.can(WRITE_MESSAGES),
        "may_grant": actor.enterprise_id == me and actor.can(MANAGE_TEAM),
        "form": message_form or event_form, "papers": _papers(actor, order, me), **bargained(actor, order),
    }  # fmt: skip
    return render(request, "orders/detail.html", context, status=status)


def bargained(actor: Actor, order: Order) -> dict:
    """The change that waits for an answer, and the negotiation that a proposal came of or was answered with."""
    is_party = actor.enterprise_id in order.parties
    running = order.state in ("confirmed", "funded", "shipped")
    return {
        "may_amend": running and is_party and not order.change_id and actor.can(PROPOSE_AMENDMENT),
        "bargain": next((getattr(order, name) for name in ("negotiation", "countered_in") if hasattr(order, name)), None),
    }  # fmt: skip


def _allowed(actor: Actor, order: Order, step: desk.Step) -> tuple[dict | None, list[dict]]:
    def may(act):
        return act is not None and (act.capability is None or actor.can(act.capability))

    return (link_to(order, step.act) if may(step.act) else None), [link_to(order, act) for act in step.others if may(act)]


def money_lines(order: Order, me: int, clocks=None) -> list[dict]:
    """Every tender with who pays whom, when it is due, and how to pay a cash part that the viewer still owes."""
    rows, clocks = [], clocks or {}
    count, first = len(cash_parts(order.tenders.all())), next_due(order.tenders.all(), clocks)[0]
    closed = [t.escrow_id for t in order.tenders.all() if t.escrow_id and t.state in ("settled", "returned")]
    unpaid = unpaid_of(closed) if closed else set()
    # Only where the custodian has an escrow of a foreign currency can banks on the way have taken something.
    abroad = [t.escrow_id for t in order.tenders.all() if t.escrow_id and t.currency != "CNY" and t.state != "awaiting_funds"]
    charges = charges_of(abroad) if abroad else {}
    vouchers = vouchers_of(t.escrow.hold_id for t in order.tenders.all() if t.escrow and t.escrow.hold_id) if count > 1 else {}
    for tender in order.tenders.all():
        mine = tender.payer_id == me
        owed = mine and tender.state == "awaiting_funds" and tender.escrow
        pay = payment_details(tender.escrow) if owed else None
        borne = Money(charges[tender.escrow_id], tender.currency) if tender.escrow_id in charges else None
        rows.append({
            "tender": tender, "mine": mine, "pay": pay, "unpaid": tender.escrow_id in unpaid, "charges": borne,
            "name": name_of(tender, count) if tender.kind == "cash" else "", "due": due_words(tender), "first": tender == first,
            "payer_fee": fee_after(tender, payer=True), "payee_fee": fee_after(tender, payer=False), "back": back_of(tender),
            "secured": secured_after(tender), "received": received_after(tender),
            "clock": clock_of_part(tender, clocks), "vouchers": vouchers.get(tender.escrow.hold_id, []) if tender.escrow else [],
        })  # fmt: skip
    return rows


def _as_sent(consignment) -> tuple:
    return consignment.shipped_at is None, consignment.shipped_at or consignment.pk


def _shipment(actor: Actor, order: Order, consignment, me: int, event_form: EventForm | None) -> dict:
    giving = consignment.giver_id == me
    may_note = consignment.state == "shipped" and actor.enterprise_id == me and actor.can(SHIP if giving else ACCEPT_GOODS)
    form = event_form if event_form and event_form.consignment_id == consignment.pk else None
    if may_note and form is None:
        form = EventForm(giving=giving, auto_id=f"id_c{consignment.pk}_%s")
    return {
        "goods": consignment, "giving": giving, "form": form if may_note else None, "carrier": desk.carrier_of(consignment),
        "carries": desk.carried_words(order, consignment),
        "place": desk.place_of(order, consignment.receiver_id), **desk.way_of(consignment),
    }  # fmt: skip


def _message(message, order: Order, me: int) -> dict:
    """A message for ui/message.html; whoever gave no name speaks as their firm, never as their log-in name."""
    firm = (
        order.party_name(message.enterprise_id, get_language() or "") if message.enterprise_id in order.parties else message.enterprise_name
    )
    files = [
        {
            "name": file.document.file_name,
            "url": reverse("messaging:attachment", args=[file.document.token]),
            "size": file.document.size_bytes,
        }
        for file in message.attachments.all()
    ]
    mine = message.enterprise_id == me
    return {
        "id": f"m{message.pk}", "name": message.author.display_name or firm, "role": _("you") if mine else firm, "at": message.at,
        "text": message.body, "side": "mine" if mine else "other", "files": files,
    }  # fmt: skip


def _papers(actor: Actor, order: Order, me: int) -> dict:
    """The documents of an order, each with its state, and what the viewer may ask for next."""
    party, ended = actor.enterprise_id == me, order.state in ("declined", "withdrawn", "lapsed")
    found = contracts.contracts_of_order(order)
    firms = {order.proposer_id: order.proposer, order.responder_id: order.responder}
    invoiced = not invoicing.invoice_refusal(order, firms[me], firms[order.other_party_id(me)])
    asked = invoices.invoices_of_order(order)
    fresh = not asked and not any(refund.lines.all() for refund in order.refunds.all())
    room = invoiced and party and actor.can(ASK_INVOICE) and any(room.units for room in invoicing.rooms_of(order, me, fresh=fresh))
    return {
        "made": papers.trade_papers_of(order), "contracts": [{"contract": one, "standing": contracts.standing_of(one)} for one in found],
        "invoices": asked, "may_view": actor.can(VIEW_PAPERS) and party, "key": new_key(),
        "ask_contract": party and not ended and actor.can(ASK_CONTRACT) and not any(one.state in CONTRACT_OPEN for one in found),
        "ask_invoice": room, "offers": desk.paper_offers(order, me) if party and not ended and actor.can(PRINT_PAPERS) else [],
    }  # fmt: skip


def _part_possible(actor: Actor, order: Order) -> bool:
    ours = actor.enterprise_id in order.parties and actor.can(REQUEST_REFUND)
    return ours and queries.open_refund(order) is None and not queries.part_blocked(order)


def _refund_possible(actor: Actor, order: Order) -> bool:
    me = actor.enterprise_id
    accepted = any(c.state == "accepted" and c.receiver_id == me for c in order.consignments.all())
    asked = sum(refund.asked_by_id == me and refund.state != "settled" for refund in order.refunds.all())
    allowed = not rules.refund_refusal(order.state, accepted_own=accepted, asked_before=asked) and queries.open_refund(order) is None
    return allowed and actor.enterprise_id in order.parties and actor.can(REQUEST_REFUND)


@login_required
def order_log(request, no: str):
    """Who did what, when, and what it changed; people of the other party stay behind their firm's name."""
    order = queries.order_for(request.actor, no)
    me = side_of_viewer(request.actor, order)
    facts = queries.facts_of_order(order)
    names = queries.names_of_own_people(me, {fact.actor_user_id for fact in facts if fact.actor_user_id})
    context = {
        "nav": "orders",
        "order": order,
        "title": desk.title_of(order, me),
        "entries": queries.timeline.events_of(order, facts, names),
    }
    return render(request, "orders/log.html", context)


@login_required
def order_paper(request, no: str, paper_id: int):
    """A paper, to the two parties (and staff who may see orders) only."""
    return private_file(queries.paper_for(request.actor, no, paper_id))


@login_required
@require_POST
def write(request, no: str):
    """Write a message on an order."""
    order = queries.order_for(request.actor, no)
    form = MessageForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.write_message(
                no, actor=request.actor, body=data["body"], uploads=request.FILES.getlist("files"), request_key=data["request_key"]
            )
        except (Denied, NotFound):
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your message is on the order."))
            return redirect(url_of(order) + "#messages-h")
    return page(request, order, message_form=form, status=422)
