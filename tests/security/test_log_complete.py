"""Every act of a sub-account stands in the log of its company, named; what was rolled back or refused changes nothing but that (P18)."""

import pytest
from django.test.utils import override_settings

from accounts.permissions import GRID
from kernel.models import ChainLink

from .test_acts import ACTS, explain, filled, known
from .walk import none, place

pytestmark = pytest.mark.django_db

# What no sub-account does, whatever its boxes: the main account's own, and what anybody reports without acting for a company.
NOT_THEIRS = {"accounts:export", "accounts:approval_threshold", "accounts:stand_in_end", "accounts:freeze_report"}
NOT_THEIRS |= {"accounts:transfer_report", "accounts:transfer_object", "accounts:session_end"}
NOT_THEIRS |= {"catalog:alert_change", "catalog:alert_end"}  # what a person saved is that person's
OPEN_TO_ALL = {"helpdesk:contact", "catalog:alert_new", "catalog:alert_change", "catalog:alert_end", "catalog:follow"}  # needs no box
# Tables of the record itself and of the doors: rows there are the proof, not the act.
RECORD = {"kernel_fact", "kernel_chainlink", "kernel_chainhead", "kernel_personalvalue", "kernel_delivery", "kernel_requestkey"}


def acts() -> list[tuple[str, str]]:
    return [(name, who) for name, who in known() if name not in NOT_THEIRS and who in ("seller", "buyer")]


def newest(enterprise) -> int:
    return ChainLink.objects.filter(chain=enterprise.chain).order_by("-seq").values_list("seq", flat=True).first() or 0


@pytest.mark.spec("H17")
@pytest.mark.parametrize("name,who", acts(), ids=lambda value: value)
def test_a_sub_accounts_act_has_an_entry_with_its_name_in_the_log_of_its_company(world, watch, name, who):
    company, sub = world.at(who), f"{who}_sub"
    world.give_boxes(sub, *GRID)
    client, seq, form = world.clients[sub], newest(company), filled(world, ACTS[name])
    watch.changed()

    answer = client.post(place(world, name), form)

    changed = [table for table in watch.changed() if table not in RECORD]
    told = ChainLink.objects.filter(chain=company.chain, seq__gt=seq, fact__actor_user_id=world.people[sub].pk)
    assert answer.status_code == 302, explain(answer)
    assert changed == [] or told.filter(fact__request_id=answer["X-Request-ID"], fact__acting_for=company.chain).exists()


@pytest.mark.spec("H17")
def test_what_a_sub_account_may_not_do_leaves_an_attempt_in_the_log_and_nothing_else(world, watch):
    findings = []
    with override_settings(REFUSED_ACTS_AN_HOUR=1000):
        for name, who in acts():
            if name in OPEN_TO_ALL:
                continue
            company, sub = world.at(who), f"{who}_sub"
            world.give_boxes(sub)
            seq, form = newest(company), filled(world, ACTS[name])
            watch.changed()
            answer = world.clients[sub].post(place(world, name), form)
            changed = [table for table in watch.changed() if table not in RECORD]
            told = ChainLink.objects.filter(chain=company.chain, seq__gt=seq).values_list("fact__name", "fact__actor_user_id")
            wanted = [("accounts.act_refused", world.people[sub].pk)] if answer.status_code == 403 else []
            if changed or list(told) != wanted or answer.status_code not in (403, 404):
                findings.append(f"{name}: {answer.status_code} {changed} {list(told)}")
    none(findings)


@pytest.mark.spec("H17")
def test_what_is_rolled_back_leaves_no_entry(world, watch):
    """The same forms with a request key that is no key: the service stops after its checks, and the log says nothing."""
    findings = []
    for name, who in acts():
        company, sub = world.at(who), f"{who}_sub"
        world.give_boxes(sub, *GRID)
        seq, form = newest(company), {**filled(world, ACTS[name]), "request_key": "?"}
        watch.changed()
        answer = world.clients[sub].post(place(world, name), form)
        kept = {"kernel_document"} if ACTS[name].files else set()  # a file that has come is kept while another field is put right
        changed = set(watch.changed()) - kept
        if changed or newest(company) != seq or answer.status_code == 302:
            findings.append(f"{name}: {answer.status_code} {changed}")
    none(findings)
