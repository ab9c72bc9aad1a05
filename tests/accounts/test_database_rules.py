"""The rules of this room that the database itself keeps: raw SQL is refused by the constraint or trigger named here (P37, P7)."""

import pytest

from accounts import services
from accounts.models import CompanyChange, Delegation, ExportJob, FieldVerdict, FormerName, FreezeProof, Membership
from accounts.queries import today
from kernel.clock import now
from tests.orders.test_database_rules import copied, refused_by
from tests.worlds import key, main_account, member_actor, registered_enterprise, staff_actor, sub_account, verified_enterprise

from .test_changes import REVIEWER, asked_for, matched
from .test_closing import close
from .test_freeze import DESK, frozen, proofs_added
from .test_limits import TONNE, asked, firms, limited, place_of, refused, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    """A bit of everything: a team with limits and an approval, a change approved, a frozen firm, a closed one, an export asked for."""
    buyer, seller, goods = firms()
    user = limited(buyer, per_order=TONNE, per_period=5 * TONNE)
    send(buyer, user, seller, goods, 1)
    waiting = asked(refused(lambda: send(buyer, user, seller, goods, 10)), buyer, user)
    done = asked(refused(lambda: send(buyer, user, seller, goods, 9)), buyer, user)
    services.decide_approval(done.pk, verdict="approve", note="", actor=member_actor(buyer), request_key=key())
    stranger = Membership.objects.get(enterprise=seller)
    row = services.name_stand_in(
        taker_id=place_of(user).pk, starts_on=today(), ends_on=today(), actor=member_actor(buyer), request_key=key()
    )  # fmt: skip
    sent = services.invite(email="a@example.com", display_name="", boxes=["trade"], actor=member_actor(buyer), request_key=key())
    reviewer, firm = staff_actor(*REVIEWER), verified_enterprise()
    change = asked_for(firm)
    matched(change, reviewer)
    services.approve_change(change.pk, actor=reviewer, request_key=key())
    case = frozen(verified_enterprise())
    proofs_added(case, staff_actor(*DESK))
    gone = verified_enterprise()
    former = sub_account(gone, "trade").memberships.get()
    closure = close(gone)
    job = services.request_export(actor=member_actor(firm), request_key=key())
    return {
        "user": user.pk, "place": place_of(user).pk, "main": main_account(buyer).memberships.get().pk, "stranger": stranger.pk,
        "limit": place_of(user).limit.pk, "spending": place_of(user).spendings.get().pk, "waiting": waiting.pk, "done": done.pk,
        "standin": row.pk, "sent": sent.pk, "change": change.pk, "verdict": FieldVerdict.objects.first().pk,
        "name": FormerName.objects.get().pk, "case": case.pk, "proof": FreezeProof.objects.first().pk, "gone": gone.pk,
        "former": former.pk, "closure": closure.pk, "job": job.pk, "firm": firm.pk, "buyer": buyer.pk, "seller": seller.pk,
        "paper": registered_enterprise().papers.first().pk, "changepaper": CompanyChange.objects.get().papers.first().pk,
    }  # fmt: skip


def attempts(pk: dict) -> list[tuple[str, str]]:
    """(who must refuse, statement), every statement wrong in one way only."""

    def update(table: str, which: str, text: str) -> str:
        return f"UPDATE accounts_{table} SET {text} WHERE id = {pk[which]}"

    def delete(table: str, which: str) -> str:
        return f"DELETE FROM accounts_{table} WHERE id = {pk[which]}"

    only = ("fieldverdict", "verdict"), ("formername", "name"), ("freezeproof", "proof")
    papers = ("qualificationdocument", "paper"), ("changepaper", "changepaper")
    return [
        *(("append_only", update(table, which, "created_at = now()" if table != "formername" else "name = 'x'")) for table, which in only),
        *(("append_only", update(table, which, "kind = 'licence'")) for table, which in papers),
        *(("append_only", delete(table, which)) for table, which in (*only, *papers)),
        # An approval: its terms, its decision, its people.
        ("request_stays", update("approval", "waiting", "amount_minor = 1")),
        ("request_stays", update("approval", "done", "terms = 'x'")),
        ("request_stays", update("approval", "done", f"membership_id = {pk['main']}")),
        ("state_moves", update("approval", "waiting", "state = 'used', used_at = now(), decided_by_id = NULL")),
        ("used_approval_has_time", update("approval", "done", "state = 'used'")),
        ("decided_approval_has_decider", update("approval", "waiting", "state = 'approved'")),
        ("nobody_approves_own_request",
         update("approval", "waiting", f"state = 'approved', decided_at = now(), decided_by_id = {pk['place']}")),
        ("nobody_approves_for_the_asker",
         update("approval", "waiting",
                f"state = 'approved', decided_at = now(), decided_by_id = {pk['main']}, for_whom_id = {pk['place']}")),
        ("of_one_company", update("approval", "waiting", f"state = 'approved', decided_at = now(), decided_by_id = {pk['stranger']}")),
        ("one_open_approval", copied("accounts_approval", pk["waiting"])),
        ("approval_amount_not_negative", copied("accounts_approval", pk["waiting"], amount_minor="-1", subject="'x'")),
        # Limits and what was spent.
        ("spending_limit_not_negative", update("spendinglimit", "limit", "per_order_minor = -1")),
        ("spending_limit_period", update("spendinglimit", "limit", "period = 'year'")),
        ("limit_stays_with_its_person", update("spendinglimit", "limit", f"membership_id = {pk['main']}")),
        ("spending_stays", update("spending", "spending", "amount_minor = 0")),
        ("spending_stays", update("spending", "spending", "at = at - interval '40 days'")),
        ("spending_is_kept", delete("spending", "spending")),
        ("spending_once", copied("accounts_spending", pk["spending"])),
        # Stand-ins, invitations, members.
        ("delegation_stays", update("delegation", "standin", "ends_on = ends_on + 300")),
        ("delegation_to_another", copied("accounts_delegation", pk["standin"], taker_id="giver_id")),
        ("of_one_company", copied("accounts_delegation", pk["standin"], taker_id=str(pk["stranger"]))),
        ("invitation_stays", update("invitation", "sent", "boxes = '[\"team\"]'")),
        ("accepted_invitation_has_member", update("invitation", "sent", "accepted_at = now()")),
        ("invitation_ends_once",
         update("invitation", "sent", f"accepted_at = now(), revoked_at = now(), membership_id = {pk['place']}")),
        ("invitation_expires_later", update("invitation", "sent", "expires_at = created_at")),
        ("member_stays", update("membership", "place", f"enterprise_id = {pk['seller']}")),
        ("ended_stays", update("membership", "former", "ended_at = NULL")),
        ("membership_ends_after_it_began", update("membership", "place", "ended_at = created_at - interval '1 day'")),
        ("one_main_account", update("membership", "place", "is_main = true")),
        ("one_open_membership", copied("accounts_membership", pk["place"])),
        ("pseudonyms_are_nobody", update("user", "user", "username = 'former-member-1'")),
        # The company, its changes, its end.
        ("handle_stays", update("enterprise", "firm", "handle = 'other'")),
        ("closed_stays", update("enterprise", "gone", "state = 'verified'")),
        ("verified_has_time", update("enterprise", "firm", "verified_at = NULL")),
        ("registration_once",
         update("enterprise", "firm", f"registration_no = (SELECT registration_no FROM accounts_enterprise WHERE id = {pk['buyer']})")),
        ("closure_stays", update("closure", "closure", "reason = 'x'")),
        ("closure_is_kept", delete("closure", "closure")),
        ("state_moves", update("companychange", "change", "state = 'submitted'")),
        ("decision_stays", update("companychange", "change", "decided_by_id = 1")),
        ("decision_stays", update("companychange", "change", "fields = '[\"phone\"]'")),
        ("change_stays", update("companychange", "change", "needs_second = true")),
        ("company_change_version", copied("accounts_companychange", pk["change"])),
        ("paper_kind_known", copied("accounts_qualificationdocument", pk["paper"], kind="'x'")),
        ("change_paper_kind_known", copied("accounts_changepaper", pk["changepaper"], kind="'x'")),
        ("field_verdict_known", copied("accounts_fieldverdict", pk["verdict"], verdict="'x'")),
        ("mismatch_has_note", copied("accounts_fieldverdict", pk["verdict"], verdict="'differs'")),
        # A freeze and its end.
        ("report_stays", update("freezecase", "case", "named = 'x'")),
        ("state_moves", update("freezecase", "case", "state = 'reported'")),
        ("two_people_unfreeze", "UPDATE accounts_freezecase SET state = 'unfreeze_proposed', unfreeze_proposed_by_id = 7"
         f" WHERE id = {pk['case']}; UPDATE accounts_freezecase SET state = 'lifted', closed_by_id = 7 WHERE id = {pk['case']}"),
        ("freeze_has_reason", update("freezecase", "case", "reason = ''")),
        ("one_freeze_at_a_time", copied("accounts_freezecase", pk["case"], no="'FZ-2'")),
        ("freeze_proof_known", copied("accounts_freezeproof", pk["proof"], stage="'x'")),
        ("export_stays", update("exportjob", "job", f"enterprise_id = {pk['seller']}")),
        ("state_moves", update("exportjob", "job", "state = 'expired'")),
        ("ready_export_has_file", f"UPDATE accounts_exportjob SET state = 'running' WHERE id = {pk['job']};"
         f" UPDATE accounts_exportjob SET state = 'ready' WHERE id = {pk['job']}"),
        ("one_export_at_a_time", copied("accounts_exportjob", pk["job"])),
    ]  # fmt: skip


@pytest.mark.spec("H19", "H13", "B10", "P37")
def test_p37_no_raw_write_breaks_a_rule_of_companies_people_and_trust(rows):
    wrong = [(rule, refused_by(sql), sql) for rule, sql in attempts(rows)]

    assert [row for row in wrong if row[0] != row[1]] == []


def test_the_same_writes_pass_where_they_break_nothing(rows):
    """The attempts above are refused for what they say, not because every write is refused."""
    for sql in (
        f"UPDATE accounts_delegation SET ended_at = clock_timestamp() WHERE id = {rows['standin']}",
        f"UPDATE accounts_companychange SET values = '', before = '' WHERE id = {rows['change']}",
        f"UPDATE accounts_spending SET given_back_at = now() WHERE id = {rows['spending']}",
        f"UPDATE accounts_membership SET ended_at = clock_timestamp() WHERE id = {rows['place']}",
        f"UPDATE accounts_invitation SET email = '', revoked_at = now() WHERE id = {rows['sent']}",
        f"UPDATE accounts_freezecase SET contact = '', story = '' WHERE id = {rows['case']}",
    ):
        assert refused_by(sql) == "", sql
    assert Delegation.objects.filter(pk=rows["standin"], ended_at__gt=now()).count() == 0 and ExportJob.objects.count() == 1
