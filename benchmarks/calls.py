"""How many function calls a page costs: a measure that busy neighbours do not move. Run by `manage.py shell`, on a seeded database."""

import cProfile
import pstats

from django.conf import settings
from django.test import Client

from catalog.models import Listing
from orders.models import Order

settings.ALLOWED_HOSTS = ["*"]
visitor, member = Client(), Client()
order = Order.objects.filter(state="shipped").first()
member.force_login(order.proposer.memberships.get(is_main=True).user)
offer = Listing.objects.filter(state="live").order_by("pk").first()
pages = {
    "market": (visitor, "/market/?sort=new"),
    "market, member": (member, "/market/?sort=new"),
    "search": (visitor, "/market/?q=双胶纸"),
    "offer": (visitor, f"/goods/{offer.no}/"),
    "order, member": (member, f"/me/orders/{order.no}/"),
    "business centre": (member, "/me/"),
    "home": (visitor, "/"),
}
for name, (client, url) in pages.items():
    for _warm in range(3):
        client.get(url)
    profile = cProfile.Profile()
    profile.enable()
    response = client.get(url)
    profile.disable()
    calls = pstats.Stats(profile).total_calls
    print(f"{name:16} {response.status_code} {calls / 1000:7.1f} thousand calls, {len(response.content):6} bytes")
