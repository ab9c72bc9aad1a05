"""The reviewers' decisions: each names the version that was read, none is about the own enterprise (H52, H53)."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from accounts.queries import ever_belonged
from kernel.clock import now
from kernel.refusals import Denied, IllegalMove, Refusal
from kernel.services import cancel_deadlines, claim_key, lock, meet_deadline, move, record

from .. import facts, rules
from ..models import Listing, Revision
from ..permissions import REVIEW_LISTING
from ..reasons import reasons_of, told
from .listings import _index, _move, clear_queue, run_anew
from .media import show_media
from .revisions import keep_version, open_revision, swap_in


@transaction.atomic
def approve_listing(no: str, *, actor, version: int, request_key: str) -> Listing:
    """Put a reviewed listing on sale, or a reviewed change of one in the place of what is on sale (staff).

    Raises Refusal("changed_meanwhile") when it is not the version that was read, Denied("own_enterprise").
    """
    require_staff(actor, REVIEW_LISTING)
    claim = claim_key(request_key, verb="catalog.approve_listing", actor=actor, inputs={"no": no, "version": version})
    listing = _for_review(no, actor)
    if claim.result_id:
        return listing
    _approve(listing, version, actor)
    claim.done(listing.pk)
    return listing


def _approve(listing: Listing, version: int, actor) -> None:
    revision = _waiting_revision(listing)
    _refuse_other_version(revision.version if revision else listing.version, version)
    if revision:
        _put_in_place(listing, revision, actor)
    else:
        kept = {"published_at": now(), "rejection_reason": "", "reasons": [], "waiting": False}
        _move(listing, "approve", facts.ListingApproved, actor, **kept)
        keep_version(listing, reviewed=True, by=actor)
    meet_deadline(rules.REVIEW.code, listing)
    show_media(listing)
    run_anew(listing)


def _put_in_place(listing: Listing, revision: Revision, actor) -> None:
    before = listing.state
    move(revision, "approve", decided_at=now(), decided_by_id=actor.user_id, reviewed=True, reasons=[])
    swap_in(listing, revision)
    _index(listing)
    listing.rejection_reason, listing.reasons, listing.takedown_reason = "", [], "" if before != "taken_down" else listing.takedown_reason
    listing.save()
    if before != "live":
        move(listing, "relist", takedown_reason="")
    fact = facts.RevisionApproved(listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id, version=revision.version)
    changes = {"state": [before, listing.state]} if before != listing.state else {}
    record(fact, actor=actor, subject=listing, chains=[listing.chain], changes=changes)


@transaction.atomic
def reject_listing(
    no: str, *, actor, version: int, request_key: str, reason: str = "", codes: Iterable[str] = (),
    fields: Mapping[str, str] | None = None,
) -> Listing:  # fmt: skip
    """Send a listing, or a change of one, back with a reason that its seller reads; what is on sale stays on sale (staff).

    `codes` name ready reasons (catalog.reasons), `fields` are reasons by form field.
    Raises Refusal("reason_missing"), Refusal("changed_meanwhile"), Denied("own_enterprise").
    """
    require_staff(actor, REVIEW_LISTING)
    reason = reason.strip()
    said = {name: text.strip() for name, text in (fields or {}).items() if text.strip()}
    rows = reasons_of(codes, reason, said)
    inputs = {"no": no, "version": version, "reasons": rows}
    claim = claim_key(request_key, verb="catalog.reject_listing", actor=actor, inputs=inputs)
    listing = _for_review(no, actor)
    if claim.result_id:
        return listing
    revision = _waiting_revision(listing)
    _refuse_other_version(revision.version if revision else listing.version, version)
    if not rows:
        raise Refusal("reason_missing", _("Say why: the seller reads this reason."))
    meet_deadline(rules.REVIEW.code, listing)
    if revision:
        _send_revision_back(listing, revision, rows, actor)
    else:
        whole = "\n".join(told(row) for row in rows)
        _move(listing, "reject", facts.ListingRejected, actor, rejection_reason=whole, reasons=rows, waiting=False)
    claim.done(listing.pk)
    return listing


def _send_revision_back(listing: Listing, revision: Revision, reasons: list[dict], actor) -> None:
    move(revision, "reject", reasons=reasons, decided_at=now(), decided_by_id=actor.user_id)
    listing.waiting = False
    Listing.objects.filter(pk=listing.pk).update(waiting=False)
    fact = facts.RevisionRejected(listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id, version=revision.version)
    record(fact, actor=actor, subject=listing, chains=[listing.chain])


@transaction.atomic
def take_listing_down(no: str, *, actor, reason: str, request_key: str) -> Listing:
    """Take goods off sale at once (staff); the seller reads the reason and comes back only with a version that passes a review.

    Raises Refusal("reason_missing"), Denied("own_enterprise"), IllegalMove when it is not on sale.
    """
    require_staff(actor, REVIEW_LISTING)
    reason = reason.strip()
    claim = claim_key(request_key, verb="catalog.take_listing_down", actor=actor, inputs={"no": no, "reason": reason})
    listing = _for_review(no, actor)
    if claim.result_id:
        return listing
    if not reason:
        raise Refusal("reason_missing", _("Say why: the seller reads this reason."))
    _move(listing, "take_down", facts.ListingTakenDown, actor, takedown_reason=reason, waiting=False, expires_at=None)
    clear_queue(listing)
    cancel_deadlines(listing)
    claim.done(listing.pk)
    return listing


@transaction.atomic
def approve_batch(batch: str, *, seller_id: int, versions: Mapping[str, int], actor, request_key: str) -> int:
    """Approve many listings of one seller's import at once, all or none, each at the version that was read; returns how many.

    Raises Refusal("other_batch") for a listing that did not come with this import, else as `approve_listing` does.
    """
    require_staff(actor, REVIEW_LISTING)
    inputs = {"batch": batch, "seller": seller_id, "versions": dict(versions)}
    claim = claim_key(request_key, verb="catalog.approve_batch", actor=actor, inputs=inputs)
    if claim.result_id:
        return len(versions)
    numbers = Listing.objects.filter(no__in=versions, batch=batch, seller_id=seller_id).order_by("pk").values_list("no", flat=True)
    if not batch or not versions or len(numbers) != len(versions):
        raise Refusal("other_batch", _("These listings did not all come with this import. Open the queue again."))
    for no in list(numbers):
        _approve(_for_review(no, actor), versions[no], actor)
    claim.done(seller_id)
    return len(versions)


def _for_review(no: str, actor) -> Listing:
    listing = lock(Listing.objects.select_related("category", "seller"), no=no)
    if ever_belonged(actor, [listing.seller_id]):
        raise Denied("own_enterprise", _("You belong to this enterprise, so a colleague must decide."))
    return listing


def _waiting_revision(listing: Listing) -> Revision | None:
    """The revision that waits; None when the listing itself does. Raises IllegalMove when nothing waits."""
    if listing.state == "in_review":
        return None
    revision = open_revision(listing)
    if revision is None or revision.state != "in_review":
        raise IllegalMove("catalog.listing", listing.state, "approve")
    return revision


def _refuse_other_version(waiting: int, read: int) -> None:
    if waiting != read:
        raise Refusal("changed_meanwhile", _("The seller has changed this listing since you opened it. Read it again before you decide."))
