"""What keeps an enterprise from closing, asked of every room."""

from dataclasses import dataclass

from kernel.refusals import Denied
from kernel.registries import CLOSING_BLOCKERS

from ..models import Closure, Enterprise


@dataclass(frozen=True)
class Blocker:
    """One open matter: what it is, and the page on which it is settled."""

    text: object
    url: str


def closing_blockers(enterprise_id: int) -> list[Blocker]:
    """Everything that is open, room by room; empty when nothing keeps the enterprise from closing (P16)."""
    return [Blocker(text, url) for name in sorted(CLOSING_BLOCKERS) for text, url in CLOSING_BLOCKERS[name](enterprise_id)]


def closable(actor) -> Enterprise:
    """The actor's own enterprise, for its closing page; raises Denied for all but the main account."""
    if not actor.enterprise_id:
        raise Denied("no_enterprise")
    if not actor.is_main:
        raise Denied("main_only")
    return Enterprise.objects.get(pk=actor.enterprise_id)


def closures_of_code(country: str, registration_no: str):
    """Earlier enterprises under a code that closed, newest first: a reviewer sees them beside a new registration."""
    return Closure.objects.filter(enterprise__country=country, enterprise__registration_no=registration_no).order_by("-pk")
