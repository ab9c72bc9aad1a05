from kernel.models import Document


def draft_photo(actor, token: str) -> Document | None:
    """A photo that the actor kept for the enterprise acted for; None for every other token."""
    if not actor.enterprise_id:
        return None
    rows = Document.objects.filter(owner_chain=actor.acting_for, uploaded_by_id=actor.user_id, purpose="listing_photo", erased_at=None)
    return rows.filter(token=token).first()
