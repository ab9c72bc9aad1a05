"""Smaller fonts in our PDFs: a Chinese font that was cut to the used glyphs still carries a place for each of its 60,000 others.

Used by `kernel.pdf` in its own process; whatever cannot be cut stays as it was.
"""

import io


def slim(body: bytes) -> bytes:
    """Replace each embedded CID-keyed OpenType font by its bare CFF table of the used glyphs; the same bytes in give the same out."""
    import pikepdf

    with pikepdf.open(io.BytesIO(body)) as document:
        changed = False
        for found in document.objects:
            if isinstance(found, pikepdf.Dictionary) and "/FontFile3" in found and found.FontFile3.get("/Subtype") == "/OpenType":
                changed = _cut(found.FontFile3) or changed
        if not changed:
            return body
        out = io.BytesIO()
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True, deterministic_id=True)
        return out.getvalue()


def _cut(stream) -> bool:
    import pikepdf
    from fontTools import subset
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(stream.read_bytes()), lazy=True)
    if "CFF " not in font or not hasattr(font["CFF "].cff[0], "ROS"):
        return False  # glyphs of other fonts are found by their place, so none may go
    top = font["CFF "].cff[0]
    # An empty outline is the one byte that ends it; ".notdef" stays whatever it is.
    used = [name for name in top.charset if len(top.CharStrings[name].bytecode or b"") > 2]
    if len(used) + 1 >= len(top.charset):
        return False
    options = subset.Options()
    options.layout_features, options.notdef_outline, options.desubroutinize, options.hinting = [], True, True, False
    cutter = subset.Subsetter(options)
    cutter.populate(glyphs=[top.charset[0], *used])
    cutter.subset(font)
    out = io.BytesIO()
    font.save(out)
    stream.write(TTFont(io.BytesIO(out.getvalue())).getTableData("CFF "))
    stream.Subtype = pikepdf.Name.CIDFontType0C
    return True
