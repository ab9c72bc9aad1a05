from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("accounts.registration_draft_saved", label=_("Part of a registration saved"))
class RegistrationDraftSaved:
    section: str
    paper_kinds: list[str]


@fact("accounts.fields_compared", label=_("Entered data compared with the papers"))
class FieldsCompared:
    enterprise_id: int
    verdicts: dict[str, str]
