"""Photos, videos and data sheets: cleaned, sized, private until they are approved, public under an address of their content (H53)."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from catalog.models import ListingMedia, Media, MediaFile
from catalog.services import create_listing, keep_media, revise_listing, take_listing_down, withdraw_listing
from kernel.models import Document
from kernel.services import read_document
from tests.catalog.refusing import refused
from tests.worlds import key, listing_terms, live_listing, main_account, member_actor, staff_actor, staff_user, upload, verified_enterprise

pytestmark = pytest.mark.django_db


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (8 + len(body)).to_bytes(4) + kind + body


def mp4(size: int = 2_500_000) -> bytes:
    place = box(b"udta", box(b"\xa9xyz", b"+23.1291+113.2644/SECRETPLACE"))
    return box(b"ftyp", b"isom\x00\x00\x02\x00isommp42") + box(b"moov", box(b"mvhd", bytes(100)) + place) + box(b"mdat", b"v" * size)


def film(body: bytes | None = None, name: str = "厂区.mp4") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, mp4() if body is None else body, "video/mp4")


def noisy(size=(3000, 2000), orientation: int = 1) -> SimpleUploadedFile:
    import random

    small = Image.frombytes("RGB", (300, 200), random.Random(1).randbytes(180_000)).resize(size)
    body, exif = io.BytesIO(), small.getexif()
    exif[0x010E], exif[0x0112] = "SECRET-PLACE", orientation
    small.save(body, "JPEG", exif=exif, quality=80)
    return SimpleUploadedFile("photo.jpg", body.getvalue(), "image/jpeg")


def address(media, name="thumb.webp"):
    return reverse("catalog:media", args=[media.key, name])


@pytest.fixture
def shop():
    seller = verified_enterprise()
    return seller, member_actor(seller), staff_actor("catalog.review_listing")


@pytest.mark.spec("H53")
def test_a_photo_is_upright_webp_in_sizes_without_what_the_camera_wrote(shop):
    _seller, actor, _reviewer = shop

    media = keep_media(noisy(orientation=6), kind="photo", actor=actor)

    bodies = {row.role: read_document(row.document) for row in media.files.all()}
    sizes = {role: Image.open(io.BytesIO(body)).size for role, body in bodies.items()}
    assert sizes["thumb"][0] == sizes["thumb"][1] and len(bodies["thumb"]) <= 12 * 1024
    assert (max(sizes["medium"]), max(sizes["large"]), sizes["large"][1] > sizes["large"][0]) == (800, 1600, True)
    assert all(body[8:12] == b"WEBP" and b"SECRET-PLACE" not in body and b"Exif" not in body for body in bodies.values())


@pytest.mark.spec("H53")
def test_files_are_private_until_approved_then_public_with_a_long_cache_and_gone_after_withdrawal(shop, client):
    seller, actor, reviewer = shop
    photo, video = keep_media(upload(), kind="photo", actor=actor), keep_media(film(), kind="video", actor=actor)
    paths = [address(photo), address(photo, "large.webp"), address(video, "video.mp4")]

    def codes():
        return [client.get(path).status_code for path in paths]

    assert codes() == [404] * 3
    listing = live_listing(seller, media=[{"key": photo.key}, {"key": video.key}])
    assert codes() == [200] * 3
    assert "max-age=31536000, s-maxage=3600" in client.get(paths[0])["Cache-Control"]
    second = keep_media(upload(text="second"), kind="photo", actor=actor)
    revise_listing(listing.no, actor=actor, terms=listing_terms(media=[{"key": second.key}]), category="PAP", request_key=key())
    assert client.get(address(second)).status_code == 404 and codes() == [200] * 3
    client.force_login(main_account(seller))
    assert client.get(address(second)).status_code == 200 and "no-store" in client.get(address(second))["Cache-Control"]
    client.force_login(staff_user("catalog.review_listing"))
    assert client.get(address(second)).status_code == 200
    client.logout()
    take_listing_down(listing.no, actor=reviewer, reason="x", request_key=key())
    assert codes() == [404] * 3
    other = live_listing(seller, media=[{"key": photo.key}])
    assert client.get(paths[0]).status_code == 200
    withdraw_listing(other.no, actor=actor, request_key=key())
    client.force_login(main_account(verified_enterprise()))
    assert codes() == [404] * 3


def test_a_video_is_mp4_by_its_content_sealed_in_pieces_and_sent_in_ranges(shop, client):
    seller, actor, _reviewer = shop
    video = keep_media(film(), kind="video", actor=actor)
    live_listing(seller, media=[{"key": video.key}])
    whole = b"".join(read_document(row.document) for row in MediaFile.objects.filter(media=video))
    path = address(video, "video.mp4")

    assert len(whole) == len(mp4()) and b"SECRETPLACE" not in whole and MediaFile.objects.filter(media=video).count() == 3
    assert b"".join(client.get(path).streaming_content) == whole
    for asked, first, last in (
        ("bytes=0-9", 0, 9),
        ("bytes=1048570-1048585", 1048570, 1048585),
        ("bytes=-5", len(whole) - 5, len(whole) - 1),
    ):
        answer = client.get(path, headers={"range": asked})
        assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes {first}-{last}/{len(whole)}")
        assert b"".join(answer.streaming_content) == whole[first : last + 1]
    assert client.get(path, headers={"range": f"bytes={len(whole)}-"}).status_code == 416
    assert client.get(path, headers={"range": "items=1-2"}).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"\x00\x00\x00\x18ftypisom", mp4(10)[:-3], b"\xff" * 5000, box(b"ftyp", b"qt  \0\0\0\0") * 3]
)
def test_what_is_no_mp4_is_refused_whatever_its_name(shop, body):
    with refused("upload_type"):
        keep_media(film(body), kind="video", actor=shop[1])
    assert not Media.objects.exists() and not Document.objects.exists()


def test_a_video_that_is_too_large_is_refused_before_it_is_read(shop):
    big = film(b"x")
    big.size = 41 * 1024 * 1024

    with refused("upload_too_large"):
        keep_media(big, kind="video", actor=shop[1])


def test_at_most_eight_photos_one_video_and_five_documents(shop):
    _seller, actor, _reviewer = shop
    photos = [keep_media(upload(text=f"n{n}"), kind="photo", actor=actor) for n in range(40)]
    keys = list(dict.fromkeys(photo.key for photo in photos))[:9]
    assert len(keys) == 9

    with refused("too_many_files"):
        create_listing(listing_terms(media=[{"key": k} for k in keys]), actor=actor, category="PAP", request_key=key())
    create_listing(listing_terms(media=[{"key": k} for k in keys[:8]]), actor=actor, category="PAP", request_key=key())
    assert ListingMedia.objects.count() == 8


def test_a_days_quota_of_files_that_no_listing_uses(shop, monkeypatch):
    import catalog.services.media as service

    monkeypatch.setattr(service, "LOOSE_FILES", 2)
    for n in range(2):
        keep_media(upload(text=f"q{n}"), kind="photo", actor=shop[1])
    with refused("upload_quota"):
        keep_media(upload(text="q9"), kind="photo", actor=shop[1])


def test_loose_files_go_after_a_day_and_used_ones_stay(shop):
    from datetime import timedelta

    from kernel.clock import now

    _seller, actor, _reviewer = shop
    loose, used = (keep_media(upload(text=text), kind="photo", actor=actor) for text in ("loose", "used-one"))
    create_listing(listing_terms(media=[{"key": used.key}]), actor=actor, category="PAP", request_key=key())
    Media.objects.update(created_at=now() - timedelta(days=2))

    keep_media(upload(text="next"), kind="photo", actor=actor)

    assert not Media.objects.filter(pk=loose.pk).exists() and Media.objects.filter(pk=used.pk).exists()
    assert Document.objects.count() == 6


@pytest.mark.spec("H52")
def test_the_name_of_a_video_or_data_sheet_is_read_like_any_other_text(shop):
    video = keep_media(film(name="联系13800001234.mp4"), kind="video", actor=shop[1])

    with refused("claims_banned") as refusal:
        create_listing(listing_terms(media=[{"key": video.key}]), actor=shop[1], category="PAP", request_key=key())

    assert list(refusal.value.params["fields"]) == ["video"]
