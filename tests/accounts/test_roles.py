"""The permission grid: ready roles, its reach, and each box on and off."""

import pytest
from django.test import Client

from accounts.models import Membership
from accounts.permissions import EXPLAINED, GRID, GRID_GROUPS, ROLES
from accounts.services import create_sub_account, set_boxes, set_sight
from kernel.refusals import Denied
from tests.worlds import key, main_account, member_actor, reauthenticate, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db


def as_user(user):
    client = Client()
    client.force_login(user)
    reauthenticate(client)
    return client


@pytest.mark.spec("H16")
def test_every_box_stands_in_one_group_and_is_explained_and_roles_name_only_boxes():
    grouped = [box for boxes in GRID_GROUPS.values() for box in boxes]

    assert sorted(grouped) == sorted(GRID) == sorted(EXPLAINED)
    assert all(set(boxes) < set(GRID) and boxes for _label, boxes in ROLES.values())


@pytest.mark.spec("H16")
@pytest.mark.parametrize("role", ROLES)
def test_a_ready_role_ticks_its_boxes_without_a_script(role):
    client = as_user(main_account(verified_enterprise()))

    form = client.get(f"/shop/team/new/?role={role}").context["form"]

    assert sorted(form["boxes"].value()) == sorted(ROLES[role][1])


@pytest.mark.spec("H16")
def test_who_may_add_people_is_offered_only_what_they_hold():
    firm = verified_enterprise()
    lead = as_user(sub_account(firm, "team", "manage_stock", "ship"))

    form = lead.get("/shop/team/new/?role=finance").context["form"]

    assert [name for name, _label in form.fields["boxes"].choices] == ["manage_stock", "ship", "team"]
    assert [name for name, _label in form.roles] == ["warehouse"]
    assert form["boxes"].value() == []


@pytest.mark.spec("H16")
def test_what_lies_beyond_the_reach_of_who_changes_permissions_stays_as_it_is():
    firm = verified_enterprise()
    lead = as_user(sub_account(firm, "team", "ship"))
    clerk = sub_account(firm, "finance", "ship")
    place = Membership.objects.get(user=clerk)

    assert lead.post(f"/shop/team/{place.pk}/boxes/", {"boxes": [], "request_key": key()}).status_code == 302
    assert member_actor(firm, clerk).boxes == {"finance"}


@pytest.mark.spec("H16")
@pytest.mark.parametrize("box", GRID)
def test_each_box_goes_on_and_off_by_itself(box):
    firm = verified_enterprise()
    clerk = sub_account(firm)
    place = Membership.objects.get(user=clerk)
    owner = member_actor(firm)

    set_boxes(place.pk, boxes=[box], actor=owner, request_key=key())
    alone = member_actor(firm, clerk).boxes
    set_boxes(place.pk, boxes=set(GRID) - {box}, actor=owner, request_key=key())
    without = member_actor(firm, clerk).boxes

    assert (alone, without) == ({box}, set(GRID) - {box})


def test_permissions_are_asked_the_password_for_and_go_on_afterwards():
    firm = verified_enterprise()
    place = Membership.objects.get(user=sub_account(firm, "trade"))
    client = Client()
    client.force_login(main_account(firm))

    asked = client.post(f"/shop/team/{place.pk}/boxes/", {"boxes": ["ship"], "request_key": key()})
    before = member_actor(firm, place.user).boxes
    client.post(asked["Location"], {"password": "correct-horse-7"}, follow=True)

    assert "/accounts/reauthenticate/" in asked["Location"]
    assert (before, member_actor(firm, place.user).boxes) == ({"trade"}, {"ship"})


def test_nobody_lets_in_or_widens_somebody_beyond_their_own_sight():
    firm = verified_enterprise()
    lead, clerk = sub_account(firm, "team", "trade"), sub_account(firm, "trade")
    owner, place = member_actor(firm), Membership.objects.get(user=clerk)
    for user in (lead, clerk):
        narrowed = Membership.objects.get(user=user).pk
        set_sight(narrowed, only_granted_listings=False, only_granted_orders=True, actor=owner, request_key=key())
    actor = member_actor(firm, lead)

    made = create_sub_account(
        username="wang", display_name="王", password="long enough 9", boxes=["trade"], actor=actor, request_key=key()
    )  # fmt: skip
    with pytest.raises(Denied) as refused:
        set_sight(place.pk, only_granted_listings=False, only_granted_orders=False, actor=actor, request_key=key())

    assert made.only_granted_orders and refused.value.code == "beyond_own_sight"
    place.refresh_from_db()
    assert place.only_granted_orders
