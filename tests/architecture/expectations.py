"""Who gets which answer at every URL of ours. A URL without an entry fails the suite (P13).

`url(...)` says which box of the grid opens it, for whom its object exists, and under which name the scene (tests/security/scene.py)
holds what its path names. An entry holds for GET; `post` says whether POST is answered too, and `get=False` that GET is not.
"""

from dataclasses import dataclass, field

from accounts.permissions import (
    APPROVE,
    CHANGE_COMPANY,
    MANAGE_TEAM,
    VIEW_APPROVAL_RULES,
    VIEW_APPROVALS,
    VIEW_COMPANY,
    VIEW_LOG,
    Capability,
)
from catalog.permissions import ASK_RESERVATION, ASK_SELLER, BOOK_AD, MANAGE_PRODUCTS, MANAGE_STOCK, POST_WANT, READ_INQUIRIES
from disputes.permissions import OPEN_COMPLAINT, VIEW_COMPLAINTS
from ledger.permissions import SEE_MONEY
from major_clients.permissions import APPLY
from messaging.permissions import READ_FILES
from orders.permissions import (
    ACCEPT_CONTRACT,
    ACCEPT_GOODS,
    ACCEPT_QUOTATION,
    ANSWER_AMENDMENT,
    ANSWER_PROPOSAL,
    ANSWER_REFUND,
    ASK_CONTRACT,
    ASK_INVOICE,
    ASK_QUOTATIONS,
    END_NEGOTIATION,
    ISSUE_INVOICE,
    MAKE_STATEMENT,
    PRINT_PAPERS,
    PROPOSE,
    PROPOSE_AMENDMENT,
    QUOTE,
    REQUEST_REFUND,
    SHIP,
    VIEW_ORDERS,
    VIEW_PAPERS,
    WRITE_MESSAGES,
)  # fmt: skip

OK, LOGIN, DENIED, MISSING = {200, 302}, "login", {403}, {404}
REFUSED = {403, 422}  # an enterprise that is not verified, or frozen: told so
ANSWERED = {200, 302, 303, 400, 409, 422}  # a POST with nothing in it from somebody who may
NO_METHOD = {405}


@dataclass(frozen=True)
class Url:
    """One URL's promise. Kinds: public, person (whoever is signed in), company, member (an enterprise's own page), main (only its
    main account), object, people."""

    kind: str
    capability: Capability | None = None
    party: str = ""  # object: whose act it is, "seller", "buyer" or "both"
    path: dict = field(default_factory=dict)  # keyword of the path -> place in the scene
    get: bool = True
    post: bool = False
    may: tuple[str, ...] = ()
    status: frozenset[int] = frozenset({200})  # of a GET that is allowed
    query: str = ""  # what the page needs after "?", with places of the scene in braces
    frozen: bool = False  # whether people of a frozen or closed enterprise get more than the notice page


def url(
    kind: str, capability: Capability | None = None, *, party="", get=True, post=False, may=(), status=(200,), query="",
    frozen=False, **path,
) -> Url:  # fmt: skip
    return Url(kind, capability, party, path, get, post, tuple(may), frozenset(status), query, frozen)


def act(capability: Capability, party: str, **path) -> Url:
    """A question page with its POST, about an order's part."""
    return url("object", capability, party=party, post=True, **path)


PUBLIC, PERSON = url("public"), url("person")

EXPECTATIONS: dict[str, Url] = {
    "home": PUBLIC,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "set_language": url("public", get=False, post=True),
    "dashboard": url("person", status=(200, 302)),  # staff without a company are led to the back office
    "styleguide": PUBLIC,  # exists only with DEBUG
    # kernel
    "kernel:jobs": PERSON,
    "kernel:job": url("object", MANAGE_STOCK, party="seller", no="job.no"),
    "kernel:job_stop": url("object", MANAGE_STOCK, party="seller", get=False, post=True, no="open_job.no"),
    "kernel:job_result": url("object", MANAGE_STOCK, party="seller", no="job.no"),
    "kernel:job_refused": url("object", MANAGE_STOCK, party="seller", status=(404,), no="job.no"),  # the scene's job refused nothing
    # ledger
    "ledger:wallet": url("member", SEE_MONEY),
    # accounts
    "accounts:join": url("person", status=(200, 302)),  # whoever has an enterprise is led to its page, here and below
    "accounts:join_company": url("person", post=True, status=(200, 302)),
    "accounts:join_licence": url("person", post=True, status=(200, 302)),
    "accounts:join_representative": url("person", post=True, status=(200, 302)),
    "accounts:join_tax": url("person", post=True, status=(200, 302)),
    "accounts:join_papers": url("person", post=True, status=(200, 302)),
    "accounts:join_check": url("person", post=True, status=(200, 302)),
    "accounts:company": url("company", VIEW_COMPANY),
    "accounts:change_new": url("member", CHANGE_COMPANY, post=True, status=(200, 302), group="change_group"),  # to the one that is open
    "accounts:bank_change": url("member", CHANGE_COMPANY, post=True, status=(200, 302)),  # the password is asked for again
    "accounts:change": url("object", VIEW_COMPANY, party="buyer", version="change.version"),
    "accounts:change_answer": url("object", CHANGE_COMPANY, party="buyer", post=True, status=(200, 302), version="change.version"),
    "accounts:change_withdraw": url("object", CHANGE_COMPANY, party="buyer", get=False, post=True, version="change.version"),
    "accounts:paper": url("object", VIEW_COMPANY, party="seller", token="licence.document.token"),
    "accounts:switch": url("person", post=True, frozen=True),
    "accounts:invitation": url("public", token="invitation_token", post=True),
    "accounts:invite": url("member", MANAGE_TEAM, post=True),
    "accounts:invitation_resend": url("object", MANAGE_TEAM, party="seller", get=False, post=True, pk="invitation.pk"),
    "accounts:invitation_revoke": url("object", MANAGE_TEAM, party="seller", get=False, post=True, pk="invitation.pk"),
    "accounts:member_sight": url("object", MANAGE_TEAM, party="seller", get=False, post=True, pk="member.pk"),
    "accounts:freeze_report": url("public", post=True),
    "accounts:freeze_sent": url("public", status=(302,)),  # leads back when nothing was reported
    "accounts:transfer_report": url("public", post=True),
    "accounts:transfer_sent": url("public", status=(302,)),  # leads back when nothing was asked
    "accounts:transfer_object": url("people", post=True, may=("seller", "buyer", "stranger", "pending"), status=(200, 302)),
    "accounts:freeze_now": url("people", post=True, may=("seller", "buyer", "stranger", "pending")),
    "accounts:close": url("people", post=True, may=("seller", "buyer", "stranger", "pending")),
    "accounts:close_done": url("public", status=(302,)),  # leads home when nothing was closed
    "accounts:security": PERSON,
    "accounts:session_end": url("people", get=False, post=True, may=("seller",), pk="session.pk"),
    "accounts:team": url("member", MANAGE_TEAM),
    "accounts:member_new": url("member", MANAGE_TEAM, post=True),
    "accounts:log": url("member", VIEW_LOG),
    "accounts:log_file": url("member", VIEW_LOG),
    "accounts:log_check": url("member", VIEW_LOG),
    "accounts:export": url("main", post=True),
    "accounts:export_file": url("main", party="seller", pk="export.pk"),
    "accounts:member": url("object", MANAGE_TEAM, party="seller", pk="member.pk"),
    "accounts:member_boxes": url("object", MANAGE_TEAM, party="seller", get=False, post=True, pk="member.pk"),
    "accounts:member_password": url("object", MANAGE_TEAM, party="seller", get=False, post=True, pk="member.pk"),
    "accounts:member_end": url("object", MANAGE_TEAM, party="seller", get=False, post=True, pk="member.pk"),
    # accounts: limits and approvals
    "accounts:approvals": url("member", VIEW_APPROVALS),
    "accounts:approval": url("object", VIEW_APPROVALS, party="seller", pk="approval.pk"),
    "accounts:approval_new": url("member", VIEW_APPROVALS, get=False, post=True),
    "accounts:approval_decide": url("object", APPROVE, party="seller", get=False, post=True, pk="approval.pk"),
    "accounts:approval_withdraw": url("object", APPROVE, party="seller", get=False, post=True, pk="approval.pk"),
    "accounts:approval_rules": url("member", VIEW_APPROVAL_RULES),
    "accounts:approval_threshold": url("member", MANAGE_TEAM, get=False, post=True),
    "accounts:stand_in_new": url("member", APPROVE, get=False, post=True),
    "accounts:stand_in_end": url("object", APPROVE, party="seller", get=False, post=True, pk="stand_in.pk"),
    "accounts:member_limits": url("object", MANAGE_TEAM, party="seller", post=True, pk="member.pk"),
    # catalog
    "catalog:market": PUBLIC,
    "catalog:category": url("public", slug="live.category.slug"),
    "catalog:offer": url("public", no="live.no"),
    "catalog:media": url("public", key="photo.key", name="photo_size"),
    "catalog:firm": url("public", handle="seller.handle"),
    "catalog:wanted": PUBLIC,
    # a person who acts for no enterprise posts requests too (decision 1)
    "catalog:want_new": url("member", POST_WANT, post=True, may=("seller", "individual", "staff")),
    "catalog:want_close": url("object", POST_WANT, party="seller", get=False, post=True, no="want.no"),
    "catalog:want_renew": url("object", POST_WANT, party="seller", get=False, post=True, no="want.no"),
    "catalog:want": url("public", no="want.no"),
    "catalog:want_offer": url("member", ASK_SELLER, party="buyer", post=True, no="want.no"),
    "catalog:ask": url("member", ASK_SELLER, party="seller", post=True, no="given.no"),
    "catalog:contact": url("member", ASK_SELLER, party="seller", post=True, handle="buyer.handle"),
    "catalog:want_report": url("person", post=True, no="want.no"),
    "catalog:offer_report": url("person", post=True, no="given.no"),
    "catalog:reports": PERSON,
    "catalog:inquiries": url("member", READ_INQUIRIES),
    "catalog:inquiry": url("object", READ_INQUIRIES, party="both", post=True, no="inquiry.no"),
    "catalog:alerts": PERSON,
    "catalog:alert_new": url("person", post=True),
    "catalog:alert": url("people", may=("seller",), pk="search.pk"),
    "catalog:alert_change": url("people", get=False, post=True, may=("seller",), pk="search.pk"),
    "catalog:alert_end": url("people", get=False, post=True, may=("seller",), pk="search.pk"),
    "catalog:follow": url("person", get=False, post=True, handle="buyer.handle"),
    "catalog:compare": PUBLIC,
    "catalog:robots": PUBLIC,
    "catalog:sitemap": PUBLIC,
    "catalog:sitemap_part": url("public", what="sitemap.kind", part="sitemap.part"),
    "catalog:ad": url("public", status=(302,), no="ad.no"),
    "catalog:ads": url("member", BOOK_AD, post=True),
    "catalog:ad_end": url("object", BOOK_AD, party="seller", get=False, post=True, no="ad.no"),
    "catalog:reach": url("object", MANAGE_PRODUCTS, party="seller", no="live.no"),
    "catalog:my_listings": url("member", MANAGE_PRODUCTS),
    "catalog:listing_new": url("member", MANAGE_PRODUCTS, post=True),
    "catalog:listing_edit": url("object", MANAGE_PRODUCTS, party="seller", post=True, no="draft.no"),
    "catalog:listing_submit": url("object", MANAGE_PRODUCTS, party="seller", get=False, post=True, no="draft.no"),
    "catalog:listing_withdraw": url("object", MANAGE_PRODUCTS, party="seller", get=False, post=True, no="live.no"),
    "catalog:draft_discard": url("object", MANAGE_PRODUCTS, party="seller", post=True, no="unwanted.no"),
    "catalog:listing_renew": url("object", MANAGE_PRODUCTS, party="seller", get=False, post=True, no="live.no"),
    "catalog:change_drop": url("object", MANAGE_PRODUCTS, party="seller", get=False, post=True, no="changed.no"),
    "catalog:listing_people": url("object", MANAGE_TEAM, party="seller", post=True, no="live.no"),
    "catalog:listing_import": url("member", MANAGE_PRODUCTS, post=True),
    "catalog:listing_template": url("member", MANAGE_PRODUCTS, suffix="file_suffix"),
    "catalog:listing_export": url("member", MANAGE_PRODUCTS, get=False, post=True),
    "catalog:stock_import": url("member", MANAGE_STOCK, post=True),
    "catalog:stock_template": url("member", MANAGE_STOCK, suffix="file_suffix"),
    "catalog:stock_export": url("member", MANAGE_STOCK, get=False, post=True),
    "catalog:stock_counts": url("member", MANAGE_STOCK, post=True),
    "catalog:stock_count": url("object", MANAGE_STOCK, party="seller", post=True, no="count.no"),
    "catalog:count_sheet": url("object", MANAGE_STOCK, party="seller", no="count.no"),
    "catalog:count_upload": url("object", MANAGE_STOCK, party="seller", get=False, post=True, no="count.no"),
    "catalog:count_book": url("object", MANAGE_STOCK, party="seller", get=False, post=True, no="count.no"),
    "catalog:count_cancel": url("object", MANAGE_STOCK, party="seller", get=False, post=True, no="count.no"),
    "catalog:reservations": url("member", MANAGE_STOCK),
    "catalog:reservation_accept": url("object", MANAGE_STOCK, party="seller", get=False, post=True, no="asked.no"),
    "catalog:reservation_decline": url("object", MANAGE_STOCK, party="seller", get=False, post=True, no="asked.no"),
    "catalog:reservation_release": url("object", MANAGE_STOCK, party="seller", get=False, post=True, no="kept.no"),
    "catalog:movement_paper": url("object", MANAGE_STOCK, party="seller", token="movement_paper.token"),
    "catalog:stock_threshold": url("object", MANAGE_STOCK, party="seller", get=False, post=True, no="live.no"),
    "catalog:reservation_new": url("object", MANAGE_STOCK, party="seller", post=True, no="live.no"),
    "catalog:reservation_ask": url("member", ASK_RESERVATION, party="buyer", post=True, no="askable.no"),
    "catalog:own_reservations": url("member", ASK_RESERVATION),
    "catalog:own_reservation_withdraw": url("object", ASK_RESERVATION, party="buyer", get=False, post=True, no="asked.no"),
    "catalog:own_reservation_release": url("object", ASK_RESERVATION, party="buyer", get=False, post=True, no="kept.no"),
    "catalog:stock": url("member", MANAGE_STOCK),
    "catalog:stock_of": url("object", MANAGE_STOCK, party="seller", post=True, no="live.no"),
    # orders
    "orders:list": url("member", VIEW_ORDERS),
    "orders:export": url("member", VIEW_ORDERS),
    "orders:new": url("member", PROPOSE, party="seller", post=True, query="goods={rows.given.no}"),
    "orders:detail": url("object", VIEW_ORDERS, party="both", no="funded.no"),
    "orders:log": url("object", VIEW_ORDERS, party="both", no="funded.no"),
    "orders:paper": url("object", VIEW_ORDERS, party="both", no="funded.no", paper_id="paper.pk"),
    "orders:people": url("object", MANAGE_TEAM, party="both", post=True, no="funded.no"),
    "orders:messages": url("object", WRITE_MESSAGES, party="both", get=False, post=True, no="funded.no"),
    "orders:confirmation": act(ANSWER_PROPOSAL, "seller", no="proposed.no"),
    "orders:decline": act(ANSWER_PROPOSAL, "seller", no="proposed.no"),
    "orders:withdrawal": act(PROPOSE, "buyer", no="proposed.no"),
    "orders:shipment": act(SHIP, "seller", no="funded.no"),
    "orders:acceptance": act(ACCEPT_GOODS, "buyer", no="shipped.no", consignment_id="consignment.pk"),
    "orders:tracking_import": url("member", SHIP, post=True),
    "orders:tracking_template": url("member", SHIP),
    "orders:tracking_push": url("public", get=False, post=True),
    "orders:events": url("object", SHIP, party="seller", get=False, post=True, no="shipped.no", consignment_id="consignment.pk"),
    "orders:refund_new": act(REQUEST_REFUND, "both", no="funded.no"),
    "orders:refund_part": act(REQUEST_REFUND, "both", no="funded.no"),
    "orders:refund_approval": act(ANSWER_REFUND, "seller", no="refunding.no", refund_id="refund.pk"),
    "orders:refund_rejection": act(ANSWER_REFUND, "seller", no="refunding.no", refund_id="refund.pk"),
    "orders:refund_withdrawal": act(REQUEST_REFUND, "buyer", no="refunding.no", refund_id="refund.pk"),
    "orders:negotiations": url("member", VIEW_ORDERS),
    "orders:rfqs": url("member", VIEW_ORDERS),
    "orders:rfq_new": url("member", ASK_QUOTATIONS, post=True),
    "orders:rfq": url("object", VIEW_ORDERS, party="buyer", no="rfq.no"),
    "orders:rfq_withdrawal": act(END_NEGOTIATION, "buyer", no="rfq.no"),
    "orders:negotiation": url("object", VIEW_ORDERS, party="both", no="bargain.no"),
    "orders:offer": act(QUOTE, "both", no="bargain.no"),
    "orders:offer_acceptance": act(ACCEPT_QUOTATION, "buyer", no="bargain.no"),
    "orders:negotiation_end": act(END_NEGOTIATION, "both", no="bargain.no"),
    "orders:counter": act(QUOTE, "seller", no="proposed.no"),
    "orders:versions": url("object", VIEW_ORDERS, party="both", no="funded.no"),
    "orders:amendment_new": act(PROPOSE_AMENDMENT, "both", no="amendable.no"),
    "orders:amendment": act(VIEW_ORDERS, "both", no="amending.no", amendment_id="amendment.pk"),  # to answer takes ANSWER_AMENDMENT
    "orders:amendment_end": act(ANSWER_AMENDMENT, "both", no="amending.no", amendment_id="amendment.pk"),
    "orders:refund_goods": act(REQUEST_REFUND, "seller", no="returning.no", refund_id="return_refund.pk"),
    # orders: contracts, invoices, papers
    "orders:papers": url("member", VIEW_PAPERS),
    "orders:statements": url("member", MAKE_STATEMENT, post=True),
    "orders:statement_file": url("object", MAKE_STATEMENT, party="seller", paper_no="statement.no", which="paper_file"),
    "orders:paper_new": url("object", PRINT_PAPERS, party="both", get=False, post=True, no="funded.no"),
    "orders:trade_paper": url("object", PRINT_PAPERS, party="both", no="funded.no", paper_no="proforma.no", which="paper_file"),
    "orders:contract_new": url("object", ASK_CONTRACT, party="both", post=True, no="done.no"),
    "orders:contract": url("object", VIEW_PAPERS, party="both", no="contract.no"),
    "orders:contract_answer": url("object", ASK_CONTRACT, party="buyer", get=False, post=True, no="asked_contract.no"),
    "orders:contract_withdrawal": url("object", ASK_CONTRACT, party="buyer", get=False, post=True, no="asked_contract.no"),
    "orders:contract_acceptance": act(ACCEPT_CONTRACT, "both", no="contract.no"),
    "orders:contract_file": url("object", VIEW_PAPERS, party="both", no="contract.no", number="contract_version.number"),
    "orders:invoice_profile": url("member", ASK_INVOICE, post=True),
    "orders:invoice_new": act(ASK_INVOICE, "buyer", no="done.no"),
    "orders:invoice": url("object", VIEW_PAPERS, party="both", no="issued.no"),
    "orders:invoice_taking": url("object", ISSUE_INVOICE, party="seller", get=False, post=True, no="invoice.no"),
    "orders:invoice_registration": act(ISSUE_INVOICE, "seller", no="invoice.no"),
    "orders:invoice_refusal": url("object", ISSUE_INVOICE, party="seller", get=False, post=True, no="invoice.no"),
    "orders:invoice_withdrawal": url("object", ASK_INVOICE, party="buyer", get=False, post=True, no="invoice.no"),
    "orders:invoice_booking": url("object", ASK_INVOICE, party="buyer", get=False, post=True, no="issued.no"),
    "orders:invoice_file": url("object", VIEW_PAPERS, party="both", no="issued.no", invoice_id="blue.pk"),
    "orders:red_new": act(ASK_INVOICE, "both", no="issued.no"),
    "orders:red_answer": url("object", ASK_INVOICE, party="seller", get=False, post=True, no="reddened.no", number="red_form.number"),
    "orders:red_withdrawal": url("object", ASK_INVOICE, party="buyer", get=False, post=True, no="reddened.no", number="red_form.number"),
    "orders:red_registration": act(ISSUE_INVOICE, "seller", no="red_ready.no", number="ready_form.number"),
    # messaging
    "messaging:inbox": PERSON,
    "messaging:all_read": url("person", get=False, post=True),
    "messaging:notice_open": url("people", may=("seller",), status=(302,), notice_id="notice.pk"),
    "messaging:attachment": url("object", READ_FILES, party="both", token="attachment.token"),
    # disputes
    "disputes:list": url("member", VIEW_COMPLAINTS),
    "disputes:new": url("object", OPEN_COMPLAINT, party="both", post=True, query="order={rows.done.no}"),
    "disputes:detail": url("object", VIEW_COMPLAINTS, party="both", no="complaint.no"),
    # major_clients
    "major_clients:home": PUBLIC,
    "major_clients:apply": url("member", APPLY, post=True),
    # helpdesk
    "helpdesk:home": PUBLIC,
    "helpdesk:rules": PUBLIC,
    "helpdesk:contact": url("public", post=True),
    "helpdesk:contact_sent": url("public", status=(302,)),  # leads back when nothing was sent
}
