"""The demo market: sixty days of firms, goods, wants and orders, played through the services in the order of time."""

import random
from datetime import datetime, timedelta

from django.db import transaction
from django.test.utils import override_settings

from kernel.clock import now
from kernel.models import Delivery
from kernel.services import deliver_due, sweep_deadlines
from messaging.services import mark_all_read
from orders.models import Order

from .bargains import plan_bargains
from .desks import change_story, mismatch_story, report_story, team_story
from .examples import abroad_story, part_refund_story, parts_story, rates_story, stages_story
from .firms import Firm, firm_story, read_firms, waiting_story
from .goods import listing_story, plan_goods, read_kinds, want_story
from .money import commission_story, statement_story
from .papers import paper_story
from .people import Logins, add_staff, demo_logins, otpauth
from .reach import campaign_story, inquiry_story, reader_story, standing_story, vip_story, visits_story
from .storeroom import drafts_story, market_report_story, storeroom_story
from .timeline import Story, Timeline
from .trades import plan_trades

SLOW_HANDLERS = {"orders.handlers.make_paper", "orders.handlers.papers.make_trade_paper"}  # papers are left to the worker: a second each
# No mail leaves, and what is counted is written in this transaction, not by a thread beside it.
QUIET = {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend", "COUNTERS_FLUSH_SECONDS": 0}
PACE = timedelta(seconds=20)  # between two of them, so that the paper of a visitor's own trade never waits behind them all


def build_demo(seed: int, *, listings: int = 600, orders: int = 130, most_firms: int = 100, say=lambda text: None) -> dict:
    """Build the demo in one transaction, so that an interrupted seed leaves nothing; returns log-ins and counts."""
    rng, today = random.Random(seed), now().replace(minute=0, second=0, microsecond=0)  # noqa: S311 - a demo, not a secret
    with transaction.atomic(), override_settings(**QUIET):
        logins = demo_logins()
        staff = add_staff(logins)
        timeline = Timeline(after=lambda: deliver_due(leave=SLOW_HANDLERS))
        firms = read_firms()[:most_firms]
        for n, firm in enumerate(firms):
            start = today - timedelta(days=60, hours=-n)
            timeline.add(start, firm_story(firm, n, logins, staff, rng, start))
        timeline.run(today - timedelta(days=50))
        say(f"{len(firms)} firms")
        _open_shops(timeline, firms, staff, rng, today, listings)
        say(f"{sum(len(f.listings) for f in firms)} goods on sale")
        _get_found(timeline, firms, staff, rng, today)
        for trade, hours in plan_trades(firms, staff, rng, orders):
            timeline.add(today - timedelta(hours=hours), trade.story())
        for story, hours in plan_bargains(firms, rng):
            timeline.add(today - timedelta(hours=hours), story)
        for n in (1, 2, 3):
            timeline.add(today - timedelta(hours=9 * n), waiting_story(n, logins))
        _fill_desks(timeline, firms, staff, rng, today)
        timeline.add(today - timedelta(hours=3), statement_story(staff))
        _show_rare(timeline, firms, staff, today)
        timeline.add(today - timedelta(days=30), _daily_sweep())
        timeline.add(today - timedelta(days=2), _readers(firms))
        timeline.run(today)
        _space_papers()
        say(f"{Order.objects.count()} orders")
        return _summary(firms, logins, staff, seed)


def _get_found(timeline: Timeline, firms: list[Firm], staff, rng: random.Random, today: datetime) -> None:
    timeline.add(today - timedelta(days=29), campaign_story(staff))
    timeline.add(today - timedelta(days=28), visits_story(firms, rng))
    timeline.add(today - timedelta(days=31), standing_story(firms, staff))
    timeline.add(today - timedelta(days=12), vip_story(firms, staff))
    timeline.add(today - timedelta(days=11), reader_story(firms))
    for n in range(16):
        timeline.add(today - timedelta(hours=rng.randint(30, 600)), inquiry_story(firms, n, rng))


def _open_shops(timeline: Timeline, firms: list[Firm], staff, rng: random.Random, today: datetime, listings: int) -> None:
    for n, (firm, terms, category) in enumerate(plan_goods(firms, rng, listings)):
        at = today - timedelta(days=rng.randint(35, 49), minutes=rng.randint(0, 1400))
        timeline.add(at, listing_story(firm, terms, category, n, staff, rng, at, today))
    kinds = read_kinds()
    for n in range(36):
        timeline.add(today - timedelta(days=rng.randint(3, 34), minutes=n), want_story(rng.choice(firms), n, rng, kinds))
    timeline.add(today - timedelta(days=34), commission_story(staff))
    timeline.run(today - timedelta(days=33))


def _fill_desks(timeline: Timeline, firms: list[Firm], staff, rng: random.Random, today: datetime) -> None:
    """Something waits at each desk; the firms of the tour (the first two) are left able to trade."""
    late = [firms[-n % len(firms)] for n in (1, 2, 3, 4)]
    timeline.add(today - timedelta(hours=20), team_story(firms[0], firms[1], rng))
    timeline.add(today - timedelta(hours=12), change_story(late[0], late[1], staff))
    timeline.add(today - timedelta(hours=5), mismatch_story(staff))
    timeline.add(today - timedelta(hours=30), storeroom_story(firms, staff))
    timeline.add(today - timedelta(hours=26), drafts_story(firms[0], staff))
    timeline.add(today - timedelta(hours=7), market_report_story(firms[1], firms[-1]))
    timeline.add(today - timedelta(minutes=25), report_story(late[2], late[3]))
    timeline.add(today - timedelta(hours=60), paper_story(firms, staff))


def _show_rare(timeline: Timeline, firms: list[Firm], staff, today: datetime) -> None:
    for days in (6, 2):
        timeline.add(today - timedelta(days=days), rates_story(staff))
    timeline.add(today - timedelta(days=5), abroad_story(firms, staff))
    for hours, story in ((80, parts_story), (44, stages_story), (60, part_refund_story)):
        timeline.add(today - timedelta(hours=hours), story(firms, staff))


def _space_papers() -> None:
    """The demo's papers fall due one after the other from now on, the newest first: that is what people look at."""
    waiting = list(Delivery.objects.filter(handler__in=SLOW_HANDLERS, done_at=None).order_by("-due_at", "-id"))
    for n, delivery in enumerate(waiting):
        delivery.due_at = now() + n * PACE
    Delivery.objects.bulk_update(waiting, ["due_at"])


def _readers(firms: list[Firm]) -> Story:
    """Everybody read their inbox two days ago."""
    for firm in firms:
        mark_all_read(actor=firm.actor)
    return
    yield


def _daily_sweep() -> Story:
    while True:
        sweep_deadlines()
        yield now() + timedelta(hours=6)


def _summary(firms: list[Firm], logins: Logins, staff: dict, seed: int) -> dict:
    return {
        "seed": seed,
        "password": logins.password,
        "members": [
            {
                "log_in": f.owner.email,
                "enterprise": f.name,
                "enterprise_en": f.name_en,
                "id": f.enterprise.pk,
                "handle": f.enterprise.handle,
            }
            for f in firms
        ],
        "sub_accounts": [f"{f.enterprise.handle}/{name}" for f in firms[:6] for name in ("sales", "store", "money")],
        "staff": {user.email: otpauth(user) for user in staff.values()},
        "orders": dict(_states()),
    }


def _states():
    from django.db.models import Count

    return Order.objects.values_list("state").annotate(Count("pk")).order_by("state")
