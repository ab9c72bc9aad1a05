"""A reviewer's word on each field of a submission: kept as said, the newest counts; used for registrations and for company changes."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.refusals import Refusal

from ..models import CompanyChange, Enterprise, FieldVerdict
from ..queries import verdicts_of_submission

Verdicts = Mapping[str, tuple[str, str]]  # {field: (verdict, note to the company)}


def keep_verdicts(
    enterprise: Enterprise,
    verdicts: Verdicts,
    *,
    fields: Iterable[str],
    submitted_at: datetime,
    actor,
    change: CompanyChange | None = None,
) -> dict[str, FieldVerdict]:
    """Keep what a reviewer says of some of `fields` of one submission and return the newest word on each field, this one included.

    The caller holds the lock of the submission and records the fact. Raises Refusal: verdict_unknown, note_missing (a mismatch must
    carry a reason, H04).
    """
    known, asked = dict(FieldVerdict.VERDICTS), set(fields)
    standing = verdicts_of_submission(enterprise, submitted_at=submitted_at, change=change)
    for field, (verdict, note) in sorted(verdicts.items()):
        if field not in asked or verdict not in known:
            raise Refusal("verdict_unknown", _("There is no such field or verdict. Open the page again."))
        note = "" if verdict == "matches" else note.strip()[:400]
        if verdict != "matches" and not note:
            raise Refusal("note_missing", _("Say what differs or cannot be read: the company reads it at this field."), field=field)
        before = standing.get(field)
        if before and (before.verdict, before.note, before.reviewer_id) == (verdict, note, actor.user_id):
            continue
        standing[field] = FieldVerdict.objects.create(
            enterprise=enterprise, change=change, field=field, verdict=verdict, note=note, submitted_at=submitted_at,
            reviewer_id=actor.user_id, created_at=now(),
        )  # fmt: skip
    return standing


def check_all_match(standing: Mapping[str, FieldVerdict], fields: Iterable[str]) -> None:
    """Pass when every field was found to match its paper; raises Refusal("not_compared") with the fields that were not (H04)."""
    missing = [field for field in fields if field not in standing or standing[field].verdict != "matches"]
    if missing:
        text = _("Approve only what was compared: every field must be marked as matching. Still open: %(count)s.")
        raise Refusal("not_compared", text % {"count": len(missing)}, fields=missing)
