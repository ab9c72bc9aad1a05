"""Listings on their way to the market."""

from catalog.services import create_listing, submit_listing
from tests.worlds import key, listing_terms, member_actor


def waiting_listing(seller, *, category: str = "PAP", **terms):
    """A listing that waits for its review."""
    actor = member_actor(seller)
    listing = create_listing(listing_terms(**terms), actor=actor, category=category, request_key=key())
    return submit_listing(listing.no, actor=actor, request_key=key())
