"""P6, F3: the same sent form acts once, whoever repeats it, whenever."""

import pytest
from django.db import transaction

from kernel.models import Fact, RequestKey
from kernel.refusals import KeyReused, Refusal
from kernel.services import claim_key
from kernel.timer import Machinery
from tests.kernel.bells import ring
from tests.races import race

KEY = "a-request-key_1"
ACTOR = Machinery("member", user_id=7, acting_for="enterprise:3")


@transaction.atomic
def act(key=KEY, *, number=1, verb="tests.ring", actor=ACTOR, fail=False) -> int:
    """A service in small: claim, do, say what was done."""
    claim = claim_key(key, verb=verb, actor=actor, inputs={"number": number})
    if claim.result_id:
        return claim.result_id
    row = ring(number)
    if fail:
        raise OSError("lost on the way")
    claim.done(row.pk)
    return row.pk


@pytest.mark.django_db
def test_p6_a_replay_gives_the_first_answer_and_does_nothing():
    first = act()

    assert act() == act() == first
    assert Fact.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [
        {"number": 2},
        {"verb": "tests.stop"},
        {"actor": Machinery("member", user_id=8, acting_for="enterprise:3")},
        {"actor": Machinery("member", user_id=7, acting_for="enterprise:4")},
    ],
)
def test_p6_the_key_with_anything_else_is_refused(other):
    act()

    with pytest.raises(KeyReused) as refused:
        act(**other)
    assert (refused.value.status, Fact.objects.count()) == (409, 1)


@pytest.mark.django_db
def test_p6_after_a_rollback_the_key_is_free_for_a_replay():
    with pytest.raises(OSError, match="lost"):
        act(fail=True)
    assert (RequestKey.objects.count(), Fact.objects.count()) == (0, 0)

    assert act() == act() == Fact.objects.get().pk


@pytest.mark.django_db
@pytest.mark.parametrize(
    "key", ["", None, "short", "x" * 65, "with space", "键键键键键键键键", "a-request-key\n", "a-request\x00key", "../../etc"]
)
def test_malformed_keys_are_refused_and_nothing_is_kept(key):
    with pytest.raises(Refusal) as refused:
        act(key)
    assert (refused.value.code, RequestKey.objects.count(), Fact.objects.count()) == ("key_malformed", 0, 0)


@pytest.mark.django_db(transaction=True)
def test_p6_eight_at_once_act_once_and_all_get_the_same_answer():
    for n in range(10):
        results = race([lambda: act(f"race-key-{n}", number=n)] * 8)  # noqa: B023

        assert len(set(results)) == 1, results
        assert Fact.objects.filter(payload__number=n).count() == 1


@pytest.mark.django_db(transaction=True)
def test_p6_when_the_first_of_two_rolls_back_the_second_acts():
    for n in range(5):
        results = race([lambda: act(f"fail-key-{n}", number=n, fail=True), lambda: act(f"fail-key-{n}", number=n)])  # noqa: B023

        row = Fact.objects.get(payload__number=n)
        assert results[1] == row.pk
        assert isinstance(results[0], OSError) or results[0] == row.pk


def careless(key: str, number: int) -> None:
    """Look for the key, then insert: the canary of F3."""
    import time

    if not Fact.objects.filter(payload__note=key).exists():
        time.sleep(0.01)
        ring(number, note=key)


@pytest.mark.django_db(transaction=True)
def test_canary_f3_checking_before_inserting_is_caught_by_this_harness():
    race([lambda: careless("canary", 1)] * 8)

    assert Fact.objects.filter(payload__note="canary").count() > 1
