"""What a listing lacks before it can be reviewed, and how complete it is (H52): the same for forms, revisions and imports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from . import schema as schemas
from .terms import Terms

PROSE = (
    "title_zh", "title_en", "description_zh", "description_en", "packaging_zh", "packaging_en", "origin", "maker", "place",
    "incoterm_place",
)  # fmt: skip
_prose = attrgetter(*PROSE)


def texts_of(terms: Terms) -> dict[str, str]:
    """The free texts of a listing by the form field that holds each."""
    shown = dict(zip(PROSE, _prose(terms), strict=True))
    if terms.fair_value:
        shown |= {f"fair_{name}": terms.fair_value.get(name) or "" for name in ("source", "appraiser")}
    if terms.media:  # their names stand on the page
        shown["photos"] = "\n".join(f"{item.get('alt_zh', '')}\n{item.get('alt_en', '')}" for item in terms.media)
        for name, kind in (("video", "video"), ("documents", "document")):
            shown[name] = "\n".join(item.get("name", "") for item in terms.media if item.get("kind") == kind)
    shown |= {f"a_{code}": value for code, value in terms.attributes.items() if isinstance(value, str)}
    for language in ("zh", "en"):
        shown[f"spec_{language}"] = "\n".join([" ".join(line.get(language) or ()) for line in terms.spec])
    shown["wants"] = "\n".join(terms.wants)
    return shown


def text_gaps(texts: Mapping[str, str]) -> dict[str, object]:
    """What title and description lack before a review, in sentences by field; one language is enough."""
    found = {}
    if _longest(texts, "title") < 3:
        found["title_zh"] = _("Give the listing a title of at least 3 characters that names the goods.")
    if _longest(texts, "description") < 10:
        found["description_zh"] = _("Describe the goods in at least 10 characters: quality, packing, origin.")
    return found


def _longest(texts: Mapping[str, str], name: str) -> int:
    return max(len((texts.get(f"{name}_{lang}") or "").strip()) for lang in ("zh", "en"))


def gaps(terms: Terms, schema: Iterable[schemas.Field] = ()) -> dict[str, object]:
    """Say in sentences, by form field, what a listing lacks before it can be reviewed; empty when it is complete (H52)."""
    found = text_gaps(texts_of(terms))
    if not terms.spec and not terms.attributes:
        found["spec_zh"] = _("Give at least one line of specification, for example weight or model.")
    if terms.price.minor <= 0:
        found["price"] = _("The price must be above zero.")
    if terms.moq <= 0:
        found["moq"] = _("The minimum order quantity must be above zero.")
    if not terms.place.strip():
        found["place"] = _("Say where the goods are sent from.")
    return found | {f"a_{code}": sentence for code, sentence in schemas.missing(schema, terms.attributes).items()}


@dataclass(frozen=True)
class Completeness:
    """How far a listing is: what it must still have, what would help, and a figure of all of it."""

    percent: int
    needed: tuple
    helpful: tuple


def completeness(terms: Terms, schema: Iterable[schemas.Field] = ()) -> Completeness:
    """Weigh what is there against what a good listing has; what a review asks for counts twice."""
    schema = list(schema)
    needed = gaps(terms, schema)
    asked = 6 + sum(attribute.required for attribute in schema)
    helpful = {
        "photos": (bool(terms.photos), _("Add a photo: offers with photos are opened far more often.")),
        "english": (bool(terms.title_en and terms.description_en), _("Say it in English too: buyers abroad search in English.")),
        "chinese": (bool(terms.title_zh and terms.description_zh), _("Say it in Chinese too: most buyers search in Chinese.")),
        "wants": (bool(terms.wants or terms.want_categories), _("Say what you want in exchange: matches are found by it.")),
        "packaging": (bool(terms.packaging_zh or terms.packaging_en), _("Say how the goods are packed.")),
        "origin": (bool(terms.origin or terms.maker), _("Name origin or maker.")),
        "attributes": (
            not schema or len(terms.attributes) * 2 >= len(schema), _("Fill in more of the category's attributes: buyers filter by them."),
        ),
    }  # fmt: skip
    there = 2 * (asked - len(needed)) + sum(given for given, _tip in helpful.values())
    whole = 2 * asked + len(helpful)
    tips = tuple(tip for given, tip in helpful.values() if not given)
    return Completeness(percent=max(0, min(100, there * 100 // whole)), needed=tuple(needed.values()), helpful=tips)
