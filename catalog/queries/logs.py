"""What happened to one row, in words, for the foot of its page in the back office."""

from accounts.models import User
from kernel.queries import actor_label, fact_label, facts_about

MOST = 100


def acts_on(subject) -> list[tuple]:
    """(time, what, by whom) of each fact about a row, oldest first."""
    facts = list(facts_about(subject)[:MOST])
    names = {user.pk: str(user) for user in User.objects.filter(pk__in={fact.actor_user_id for fact in facts if fact.actor_user_id})}
    return [(fact.at, fact_label(fact.name), names.get(fact.actor_user_id) or actor_label(fact.actor_kind)) for fact in facts]
