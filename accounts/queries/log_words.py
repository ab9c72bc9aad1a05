"""Entries of the operation log in the reader's words: loaded links in, values out."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kernel.models import ChainLink, Fact
from kernel.queries import fact_label, policy_label


def who_of(link: ChainLink, people: dict[int, str]) -> str:
    """A name for an enterprise's own people; the same person may act for another firm, and is that firm then."""
    fact = link.fact
    kinds = {
        "timer": _("the clock"), "command": _("the system"), "custodian": _("the custodian"),
        "staff": pgettext("operation log", "the platform's staff"),
    }  # fmt: skip
    own = people.get(fact.actor_user_id) if fact.actor_user_id and fact.acting_for in ("", link.chain) else None
    other = pgettext("operation log", "the other party") if fact.acting_for and fact.acting_for != link.chain else _("a former member")
    return own or kinds.get(fact.actor_kind) or other


def what_of(fact: Fact) -> str:
    """What happened; a clock is named by its promise."""
    what = str(fact_label(fact.name))
    return _("%(what)s: %(which)s") % {"what": what, "which": policy_label(fact.payload["policy"])} if fact.payload.get("policy") else what
