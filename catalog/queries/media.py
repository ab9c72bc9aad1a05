"""Who sees a listing's files: everybody while a listing on sale shows them, else their enterprise and, once handed in, reviewers (H53)."""

from kernel.models import Document
from kernel.refusals import NotFound

from ..models import Listing, ListingMedia, Media, MediaFile
from ..permissions import MANAGE_PRODUCTS, REVIEW_LISTING

ROLES = {"thumb.webp": "thumb", "medium.webp": "medium", "large.webp": "large", "video.mp4": "part", "document.pdf": "whole"}


def media_shown(actor, key: str, name: str) -> tuple[Media, list[Document], bool]:
    """A file by its fingerprint: its media, its sealed pieces in order, and whether everybody may see it; raises NotFound."""
    role = ROLES.get(name, "")
    shown = ListingMedia.objects.filter(
        media__key=key, on_show=True, listing__state="live", listing__seller__state="verified"
    ).select_related("media")  # fmt: skip
    use = shown.first() if role else None
    media = use.media if use else (_privately(actor, key) if role else None)
    files = list(MediaFile.objects.filter(media=media, role=role).select_related("document")) if media else []
    if media is None or not files:
        raise NotFound()
    return media, [file.document for file in files], use is not None


def _privately(actor, key: str) -> Media | None:
    if actor.can_staff(REVIEW_LISTING):
        use = ListingMedia.objects.filter(media__key=key).select_related("media").first()
        return use.media if use else None
    if not actor.enterprise_id or not actor.can(MANAGE_PRODUCTS):
        return None
    media = Media.objects.filter(enterprise_id=actor.enterprise_id, key=key).first()
    if media is None or not (actor.only_granted_listings and not actor.is_main) or media.uploaded_by_id == actor.user_id:
        return media
    return media if media.uses.filter(listing__in=Listing.objects.own(actor)).exists() else None


def kept_media(actor, keys: list[str]) -> list[Media]:
    """The actor's enterprise's files of these fingerprints, in this order; unknown ones are left out."""
    rows = {row.key: row for row in Media.objects.filter(enterprise_id=actor.enterprise_id or 0, key__in=keys)}
    return [rows[key] for key in dict.fromkeys(keys) if key in rows]
