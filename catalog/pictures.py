"""Pictures in the sizes that pages show, and videos without what cameras write into them."""

import io
from collections.abc import Iterator

from PIL import Image, ImageOps

THUMB_BYTES = 12 * 1024  # a page of twenty offers stays light (PERFORMANCE.md)
SIZES = {"medium": 800, "large": 1600}
CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"}
PERSONAL = {b"udta", b"meta", b"uuid", b"XMP_"}  # places, cameras, comments
BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash", b"mmp4"}


def renditions(body: bytes) -> tuple[dict[str, bytes], int, int]:
    """A checked picture as WebP in every size, with the width and height of the largest."""
    with Image.open(io.BytesIO(body)) as opened:
        picture = _flat(opened)
        made = {"thumb": _thumb(picture)}
        large = picture
        for name, side in SIZES.items():
            shown = picture.copy()
            shown.thumbnail((side, side), Image.Resampling.LANCZOS)
            made[name] = _webp(shown, 80)
            large = shown
        return made, large.width, large.height


def _flat(image: Image.Image) -> Image.Image:
    """On white where it was transparent."""
    if "A" not in image.getbands():
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _thumb(picture: Image.Image) -> bytes:
    square = ImageOps.fit(picture, (240, 240), Image.Resampling.LANCZOS)
    for side, quality in ((240, 75), (240, 55), (240, 35), (160, 40), (120, 30), (96, 20)):
        shown = square if side == 240 else square.resize((side, side), Image.Resampling.LANCZOS)
        if len(made := _webp(shown, quality)) <= THUMB_BYTES:
            return made
    return made


def _webp(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=2, exif=b"")
    return out.getvalue()


def clean_video(body: bytes) -> bytes | None:
    """An MP4 by its content, with places and comments of the camera blanked; None when it is none."""
    video = bytearray(body)
    boxes = list(_boxes(video, 0, len(video)))
    kinds = [kind for kind, _start, _end in boxes]
    if not boxes or kinds[0] != b"ftyp" or boxes[-1][2] != len(video) or not {b"moov", b"mdat"} <= set(kinds):
        return None
    start, end = boxes[0][1:]
    if not {bytes(video[i : i + 4]) for i in (start, *range(start + 8, end - 3, 4))} & BRANDS:
        return None
    _blank(video, 0, len(video))
    return bytes(video)


def _boxes(video: bytearray, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start of the content, end) of each box; stops before one that does not fit."""
    while start + 8 <= end:
        size, kind, head = int.from_bytes(video[start : start + 4]), bytes(video[start + 4 : start + 8]), 8
        if size == 1:
            size, head = int.from_bytes(video[start + 8 : start + 16]), 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            return
        yield kind, start + head, start + size
        start += size


def _blank(video: bytearray, start: int, end: int, depth: int = 0) -> None:
    """Turn boxes that hold personal data into free space of the same size, so that nothing else moves."""
    for kind, begin, stop in list(_boxes(video, start, end)):
        if kind in PERSONAL:
            head = (
                16
                if int.from_bytes(video[begin - 8 : begin - 4]) != stop - begin + 8 and bytes(video[begin - 12 : begin - 8]) == kind
                else 8
            )
            video[begin - head + 4 : begin - head + 8] = b"free"
            video[begin:stop] = bytes(stop - begin)
        elif kind in CONTAINERS and depth < 6:
            _blank(video, begin, stop, depth + 1)
