"""Photos, videos and data sheets: kept as soon as they arrive, so that a mistake elsewhere in the form loses none; shown by listings."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from kernel.clock import now
from kernel.refusals import Refusal
from kernel.services import drop_document, lock_all, store_bytes
from kernel.uploads import JPEG, PDF, PNG, WEBP, check_upload, clean_name

from .. import pictures, rules
from ..models import Listing, ListingMedia, Media, MediaFile
from ..permissions import MANAGE_PRODUCTS

MB = 1024 * 1024
PHOTO_BYTES, VIDEO_BYTES, DOCUMENT_BYTES = 8 * MB, 40 * MB, 10 * MB
PART = MB  # of a video: what one request for a range must unseal at most
MOST = {"photo": 8, "video": 1, "document": 5}
LOOSE_FILES, LOOSE_BYTES = 40, 250 * MB  # of one enterprise a day, that no listing uses
PURPOSE, SWEPT = "listing_media", 20


@transaction.atomic
def keep_media(upload, *, kind: str, actor) -> Media:
    """Keep an uploaded photo, video or document for listings of the actor's enterprise; the same content again answers with the first.

    Raises Refusal("upload_…") and keeps nothing when it is not what it claims. What no listing uses after a day goes.
    """
    require(actor, MANAGE_PRODUCTS)
    sweep_media(actor.enterprise_id)
    _within_quota(upload, actor)
    if kind == "photo":
        return _keep_photo(upload, actor)
    return _keep_video(upload, actor) if kind == "video" else _keep_document(upload, actor)


def _keep_photo(upload, actor) -> Media:
    checked = check_upload(upload, types=frozenset({JPEG, PNG, WEBP}), max_bytes=PHOTO_BYTES)
    made, width, height = pictures.renditions(checked.body)
    bodies = [(role, 0, body, "image/webp") for role, body in made.items()]
    return _store("photo", made["large"], checked.file_name, lambda: bodies, actor, width=width, height=height)


def _keep_video(upload, actor) -> Media:
    if upload.size > VIDEO_BYTES:
        raise Refusal("upload_too_large", _("The file is too large; at most %(mb)s MB.") % {"mb": VIDEO_BYTES // MB})
    body = pictures.clean_video(b"".join(upload.chunks()))
    if body is None:
        raise Refusal("upload_type", _("This is not an MP4 video, whatever its name says. Save it as MP4 (H.264) and send that."))
    parts = [("part", n, body[start : start + PART], "video/mp4") for n, start in enumerate(range(0, len(body), PART))]
    return _store("video", body, clean_name(upload.name or ""), lambda: parts, actor)


def _keep_document(upload, actor) -> Media:
    checked = check_upload(upload, types=frozenset({PDF}), max_bytes=DOCUMENT_BYTES)
    return _store("document", checked.body, checked.file_name, lambda: [("whole", 0, checked.body, PDF)], actor)


def _store(kind: str, body: bytes, name: str, files: Callable[[], Iterable], actor, **size) -> Media:
    key = hashlib.sha256(body).hexdigest()[:40]
    values = {
        "kind": kind, "file_name": name, "size_bytes": len(body), "uploaded_by_id": actor.user_id, "created_at": now(), **size,
    }  # fmt: skip
    media, fresh = Media.objects.get_or_create(enterprise_id=actor.enterprise_id, key=key, defaults=values)
    for role, number, content, content_type in files() if fresh else ():
        document = store_bytes(
            content, file_name=name, content_type=content_type, purpose=PURPOSE, owner_chain=actor.acting_for, actor=actor
        )  # fmt: skip
        MediaFile.objects.create(media=media, role=role, number=number, document=document)
    return media


def _within_quota(upload, actor) -> None:
    loose = Media.objects.filter(enterprise_id=actor.enterprise_id, created_at__gt=now() - timedelta(days=1), uses=None)
    there = loose.aggregate(files=Count("pk"), size=Sum("size_bytes", default=0))
    if there["files"] >= LOOSE_FILES or there["size"] + upload.size > LOOSE_BYTES:
        raise Refusal("upload_quota", _("Many files have been sent today that no listing uses. Use them, or try again tomorrow."))


@transaction.atomic
def sweep_media(enterprise_id: int | None = None, *, after: int = 0) -> tuple[int, int]:
    """Throw away what was kept for no listing, more than a day ago, of one enterprise or of all; a few at a time.

    Returns how many went and the id to go on after, 0 at the end. What is being bound or looked at is passed over.
    """
    old = Media.objects.filter(pk__gt=after, created_at__lt=now() - timedelta(days=1), uses=None)
    old = old.filter(enterprise_id=enterprise_id) if enterprise_id else old
    found = list(old.order_by("pk").select_for_update(skip_locked=True, of=("self",), no_key=False).values_list("pk", flat=True)[:SWEPT])
    gone = list(Media.objects.filter(pk__in=found, uses=None).prefetch_related("files__document"))
    for media in gone:
        documents = [file.document for file in media.files.all()]
        media.delete()
        for document in documents:
            drop_document(document)
    return len(gone), found[-1] if len(found) == SWEPT else 0


def check_media(terms: rules.Terms, *, actor) -> rules.Terms:
    """Return the terms with their files as they were kept; raises Refusal("photo_unknown") for one that is not the enterprise's own."""
    if not terms.media:
        return terms
    keys = [item["key"] for item in terms.media]
    held = "SELECT * FROM catalog_media WHERE enterprise_id = %s AND key = ANY(%s) ORDER BY id FOR KEY SHARE"  # no sweep takes it now
    known = {row.key: row for row in Media.objects.raw(held, [actor.enterprise_id, keys])}
    if len(set(keys)) != len(keys) or set(keys) - set(known):
        told = _("Choose the file again.")
        raise Refusal("photo_unknown", _("A file is no longer here. Choose it again."), fields={"photos": told})
    items = [
        {"key": item["key"], "kind": known[item["key"]].kind, "name": known[item["key"]].file_name,
         "alt_zh": item.get("alt_zh", ""), "alt_en": item.get("alt_en", "")} for item in terms.media
    ]  # fmt: skip
    for kind, most in MOST.items():
        if sum(item["kind"] == kind for item in items) > most:
            field = {"photo": "photos", "video": "video", "document": "documents"}[kind]
            raise Refusal("too_many_files", TOO_MANY[kind], fields={field: TOO_MANY[kind]})
    return replace(terms, media=sorted(items, key=lambda item: list(MOST).index(item["kind"])))


TOO_MANY = {
    "photo": _("A listing shows at most eight photos. Leave one out."),
    "video": _("A listing shows one video. Leave the other out."),
    "document": _("A listing has at most five documents. Leave one out."),
}


def use_media(listing: Listing, terms: rules.Terms) -> None:
    """Note that a version of a listing uses these files: they stay, and are seen by whoever may read that version."""
    keys = [item["key"] for item in terms.media]
    if not keys:
        return
    found = Media.objects.filter(enterprise_id=listing.seller_id, key__in=keys).order_by("pk").values_list("pk", flat=True)
    rows = lock_all(Media.objects.all(), found)  # the sweep passes over what is being bound
    ListingMedia.objects.bulk_create([ListingMedia(listing=listing, media=media) for media in rows], ignore_conflicts=True)


def show_media(listing: Listing) -> None:
    """Show everybody the files of the approved version, and no others of this listing."""
    keys = [item["key"] for item in listing.media]
    uses = ListingMedia.objects.filter(listing=listing)
    uses.exclude(media__key__in=keys).filter(on_show=True).update(on_show=False)
    uses.filter(media__key__in=keys, on_show=False).update(on_show=True)
