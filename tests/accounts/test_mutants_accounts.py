"""What earlier tests let pass when accounts were broken on purpose."""

import pytest

from accounts.models import Membership
from accounts.services import end_sub_account, set_sub_account_password
from kernel.models import ChainLink, Fact
from tests.worlds import key, member_actor, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db


@pytest.mark.spec("H15", "H17")
@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("accounts.sub_account_ended", lambda pk, a: end_sub_account(pk, actor=a, request_key=key())),
        (
            "accounts.sub_account_password_set",
            lambda pk, a: set_sub_account_password(pk, password="another-horse-8", actor=a, request_key=key()),
        ),
    ],
)
def test_what_is_done_to_a_sub_account_stands_on_its_enterprises_chain(name, act):
    firm = verified_enterprise()
    membership = Membership.objects.get(user=sub_account(firm, "trade"))
    actor = member_actor(firm)

    act(membership.pk, actor)

    fact = Fact.objects.get(name=name)
    assert (fact.actor_user_id, fact.payload["membership_id"]) == (actor.user_id, membership.pk)
    assert list(ChainLink.objects.filter(fact=fact).values_list("chain", flat=True)) == [firm.chain]
    assert "horse" not in str(fact.payload) + str(fact.changes)
