"""What may be done in this room, and which box of the permission grid opens it."""

from django.utils.translation import gettext_lazy as _

from accounts.permissions import Capability

MANAGE_PRODUCTS = Capability("catalog.manage_products", "manage_products", _("manage listings"))
LIST_GOODS = Capability("catalog.list_goods", "manage_products", _("list goods"), hold="new")  # what opens business (H20)
MANAGE_STOCK = Capability("catalog.manage_stock", "manage_stock", _("move stock"))
ASK_RESERVATION = Capability("catalog.ask_reservation", "trade", _("have goods reserved"), hold="new")
POST_WANT = Capability("catalog.post_want", "trade", _("post a request"), verified=False, hold="new")
CLOSE_WANT = Capability("catalog.close_want", "trade", _("close a request"), verified=False)
ASK_SELLER = Capability("catalog.ask_seller", "messages", _("write to other enterprises"), also=("chat", "trade"), hold="new")
READ_INQUIRIES = Capability("catalog.read_inquiries", "messages", _("read inquiries"), verified=False, also=("chat", "trade"))
ANSWER_INQUIRY = Capability("catalog.answer_inquiry", "messages", _("answer inquiries"), also=("chat", "trade"))
BOOK_AD = Capability("catalog.book_ad", "manage_products", _("book advertisements"), hold="new")

RESERVE_FOR_BUYER, VIEW_RESERVATIONS = "catalog.add_buyerreservation", "catalog.view_buyerreservation"  # staff
REVIEW_LISTING = "catalog.review_listing"  # staff
ADD_CATEGORY, CHANGE_CATEGORY = "catalog.add_category", "catalog.change_category"  # staff
CHANGE_STANDING = "catalog.change_sellerstanding"  # staff
CHANGE_SYNONYMS = "catalog.change_synonymgroup"  # staff
HIDE_WANT, REVIEW_AD = "catalog.hide_want", "catalog.review_ad"  # staff
HANDLE_REPORT = "catalog.handle_report"  # staff
VIEW_CAMPAIGN, RUN_CAMPAIGN, READ_REACH = "catalog.view_campaign", "catalog.run_campaign", "catalog.read_reach"  # staff
