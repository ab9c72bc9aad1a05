"""Why reviewers send listings back: words that are there already, and their own."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

# What reviewers say most often; each can be ticked, and words of one's own added.
READY = {
    "photo": _("The photos do not show these goods, or are not yours to use."),
    "category": _("This belongs into another category."),
    "spec": _("The specification does not fit title or photos."),
    "claims": _("The text exaggerates or promises what only the platform may promise."),
    "licence": _("These goods need a licence or approval that is not on file."),
    "price": _("The price is far from what such goods are worth; explain it or correct it."),
    "language": _("Chinese and English do not say the same."),
    "contact": _("Contact data or links stand in text or pictures."),
}


def reasons_of(codes: Iterable[str], text: str, fields: Mapping[str, str]) -> list[dict]:
    """A decision's reasons as rows: {"field", "code", "text"}; without a field they are about the whole."""
    rows = [{"field": "", "code": code, "text": ""} for code in codes if code in READY]
    rows += [{"field": "", "code": "", "text": text}] if text else []
    return rows + [{"field": name, "code": "", "text": said} for name, said in fields.items()]


def told(row: Mapping) -> str:
    """One reason in the reader's language, as far as it is one of ours."""
    return str(READY[row["code"]]) if row.get("code") in READY else row["text"]
