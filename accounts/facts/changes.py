from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("accounts.change_handed_in", label=_("Change of company data handed in"))
class ChangeHandedIn:
    enterprise_id: int
    change_id: int
    version: int
    fields: list[str]
    paper_kinds: list[str]


@fact("accounts.change_taken_up", label=_("Review of the change begun"))
class ChangeTakenUp:
    enterprise_id: int
    change_id: int


@fact("accounts.change_judged", label=_("Fields of the change compared with the papers"))
class ChangeJudged:
    enterprise_id: int
    change_id: int
    verdicts: dict[str, str]


@fact("accounts.change_asked", label=_("Question about the change"))
class ChangeAsked:
    enterprise_id: int
    change_id: int


@fact("accounts.change_answered", label=_("Change corrected and handed in again"))
class ChangeAnswered:
    enterprise_id: int
    change_id: int
    fields: list[str]
    paper_kinds: list[str]


@fact("accounts.change_passed_on", label=_("Change passed on to a second reviewer"))
class ChangePassedOn:
    enterprise_id: int
    change_id: int


@fact("accounts.change_approved", label=_("Change of company data approved"))
class ChangeApproved:
    enterprise_id: int
    change_id: int
    fields: list[str]
    asked_by_id: int


@fact("accounts.change_rejected", label=_("Change of company data refused"))
class ChangeRejected:
    enterprise_id: int
    change_id: int


@fact("accounts.change_withdrawn", label=_("Change of company data withdrawn"))
class ChangeWithdrawn:
    enterprise_id: int
    change_id: int


@fact("accounts.change_paper_viewed", label=_("Paper of a change of company data opened"))
class ChangePaperViewed:
    enterprise_id: int
    paper_id: int
    kind: str


@fact("accounts.consent_given", label=_("Consent to the handling of papers given"))
class ConsentGiven:
    enterprise_id: int
    kind: str
    version: str
