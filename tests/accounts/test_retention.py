"""Identity papers go when their time is over, and somebody hears when staff open too many of them (P30)."""

import io
import json
from datetime import timedelta

import pgtrigger
import pytest
from django.core.management import call_command

from accounts.facts import PapersErased, PapersOpenedInBulk, PaperViewed
from accounts.models import Closure, CompanyChange, Enterprise, FreezeCase, FreezeProof, QualificationDocument, RegistrationDraft
from accounts.models.changes import DraftPaper
from accounts.services import erase_old_papers, reject_enterprise, view_paper
from kernel import clock
from kernel.chains import enterprise_chain, person_chain
from kernel.models import ChainLink, Document, Fact
from kernel.refusals import NotFound
from kernel.services import deliver_due, store_bytes, verify_chain
from kernel.services.documents import path_of
from kernel.timer import COMMAND
from messaging.models import Notice
from tests.worlds import key, person, staff_actor, staff_user, verified_enterprise

pytestmark = pytest.mark.django_db


def paper(enterprise: Enterprise, kind: str = "licence") -> QualificationDocument:
    document = store_bytes(
        b"%PDF paper",
        file_name="张三.pdf",
        content_type="application/pdf",
        purpose="accounts.paper",
        owner_chain=enterprise.chain,
        actor=COMMAND,
    )
    return QualificationDocument.objects.create(enterprise=enterprise, kind=kind, document=document, created_at=clock.now())


def there(row) -> bool:
    row.document.refresh_from_db()
    assert path_of(row.document.token).exists() == (row.document.erased_at is None)
    return row.document.erased_at is None


@pytest.fixture
def later(monkeypatch, django_capture_on_commit_callbacks):
    """Run the retention so many days from now."""

    def run(days: int) -> dict:
        moment = clock.now() + timedelta(days=days)
        with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
            for module in ("accounts.services.retention", "kernel.services.documents", "kernel.services.facts"):
                patch.setattr(f"{module}.now", lambda: moment)
            return erase_old_papers(actor=COMMAND)

    return run


def rejected() -> Enterprise:
    enterprise = verified_enterprise(state="submitted", verified_at=None)
    reviewer = staff_actor("accounts.review_enterprise", "accounts.view_enterprise")
    paper(enterprise), paper(enterprise, "legal_rep_id")
    return reject_enterprise(enterprise.pk, reason="看不清", actor=reviewer, request_key=key())


@pytest.mark.spec("H54")
def test_papers_of_a_rejected_registration_go_after_ninety_days_and_the_company_can_see_it(later):
    enterprise = rejected()
    papers = list(enterprise.papers.order_by("pk"))

    assert later(89) == {"draft": 0, "rejected": 0, "closed": 0, "freeze": 0, "transfer": 0}
    assert all(map(there, papers))
    assert later(91) == {"draft": 0, "rejected": 2, "closed": 0, "freeze": 0, "transfer": 0}

    assert not any(map(there, papers))
    assert QualificationDocument.objects.count() == 2 and {p.document.file_name for p in papers} == {""}
    fact = Fact.objects.get(name=PapersErased.fact_name)
    assert fact.payload == {"enterprise_id": enterprise.pk, "kinds": ["legal_rep_id", "licence"], "why": "rejected"}
    assert ChainLink.objects.filter(fact=fact).values_list("chain", flat=True).get() == enterprise_chain(enterprise.pk)
    assert verify_chain(enterprise.chain) == []
    assert later(200)["rejected"] == 0


@pytest.mark.spec("H54")
def test_who_handed_in_again_or_was_approved_keeps_the_papers(later):
    enterprise = rejected()
    for state in ("submitted", "verified"):
        Enterprise.objects.filter(pk=enterprise.pk).update(state=state, rejection_reason="", verified_at=clock.now())

        assert later(4000)["rejected"] == 0
    assert Document.objects.exclude(erased_at=None).count() == 0


@pytest.mark.spec("H54")
def test_papers_of_a_closed_company_stay_three_years(later):
    enterprise = verified_enterprise()
    kept = paper(enterprise)
    Enterprise.objects.filter(pk=enterprise.pk).update(state="closed")
    Closure.objects.create(enterprise=enterprise, closed_by_id=1, closed_at=clock.now())

    assert later(3 * 365)["closed"] == 0 and there(kept)
    assert later(3 * 365 + 2)["closed"] == 1 and not there(kept)


@pytest.mark.spec("H54")
@pytest.mark.parametrize("known", [True, False])
def test_proofs_of_an_ended_freeze_case_go_and_those_of_a_running_one_stay(later, known):
    enterprise, moment = verified_enterprise(), clock.now()
    values = {"named": "某公司", "reported_at": moment, "reason": "x", "enterprise": enterprise if known else None}
    ended = FreezeCase.objects.create(no="F1", state="dismissed", closed_at=moment, **values)
    running = FreezeCase.objects.create(
        no="F2", state="frozen", frozen_at=moment, frozen_by_id=1, **{**values, "enterprise": enterprise}
    )  # fmt: skip
    proofs = [
        FreezeProof.objects.create(case=case, stage="freeze", kind="licence", document=paper(enterprise).document, created_at=moment)
        for case in (ended, running)
    ]

    assert later(366)["freeze"] == 1
    assert [there(proof) for proof in proofs] == [False, True]
    assert Fact.objects.get(name="accounts.papers_erased" if known else "accounts.loose_papers_erased")


@pytest.mark.spec("H54")
def test_papers_of_a_refused_change_go_and_those_of_an_approved_one_stay(later):
    from accounts.models import ChangePaper

    enterprise, moment, papers = verified_enterprise(), clock.now(), []
    for version, state in enumerate(("rejected", "approved"), 1):
        change = CompanyChange.objects.create(
            enterprise=enterprise, version=version, fields=["name"], state=state, asked_by_id=1, decided_by_id=2, decision_reason="x",
            created_at=moment, decided_at=moment,
        )  # fmt: skip
        document = paper(enterprise).document
        with pgtrigger.ignore("accounts.QualificationDocument:append_only"):
            QualificationDocument.objects.filter(document=document).delete()
        papers.append(ChangePaper.objects.create(change=change, kind="licence", document=document, created_at=moment))

    assert later(91)["rejected"] == 1
    assert [there(p) for p in papers] == [False, True]


@pytest.mark.spec("H54")
def test_a_registration_that_was_begun_and_left_is_forgotten(later):
    user = person()
    document = store_bytes(
        b"x", file_name="a", content_type="x", purpose="accounts.paper", owner_chain=person_chain(user.pk), actor=COMMAND
    )
    draft = RegistrationDraft.objects.create(user=user, values="{}", updated_at=clock.now())
    DraftPaper.objects.create(draft=draft, kind="licence", document=document)

    assert later(59)["draft"] == 0
    assert later(61)["draft"] == 1
    assert not RegistrationDraft.objects.exists() and not Document.objects.exists() and not path_of(document.token).exists()


@pytest.mark.spec("H54")
def test_the_ages_are_settings_and_the_command_counts(settings):
    settings.RETENTION_DAYS = {"rejected": 5}
    out = io.StringIO()
    call_command("retention", json=True, stdout=out)

    assert json.loads(out.getvalue()) == {"draft": 0, "rejected": 0, "closed": 0, "freeze": 0, "transfer": 0}


@pytest.mark.spec("H54")
def test_a_dry_run_of_the_command_counts_what_is_due_and_erases_nothing(settings):
    settings.RETENTION_DAYS = {"draft": 5}
    RegistrationDraft.objects.create(user=person(), values="{}", updated_at=clock.now() - timedelta(days=6))
    out = io.StringIO()

    call_command("retention", dry_run=True, json=True, stdout=out)

    assert json.loads(out.getvalue()) == {"draft": 1, "rejected": 0, "closed": 0, "freeze": 0, "transfer": 0}
    assert RegistrationDraft.objects.exists()
    call_command("retention", json=True, stdout=out)
    assert not RegistrationDraft.objects.exists()


@pytest.mark.spec("H54")
def test_an_erased_paper_is_opened_by_nobody(later):
    enterprise = rejected()
    later(91)

    with pytest.raises(NotFound):
        view_paper(enterprise.papers.first().pk, actor=staff_actor("accounts.view_qualificationdocument"))


@pytest.mark.spec("H54")
def test_auditors_hear_once_of_staff_who_open_too_many_papers(settings):
    settings.PAPERS_AN_HOUR = 3
    auditor = staff_user("kernel.view_fact")
    curious, other = (staff_actor("accounts.view_qualificationdocument") for _ in range(2))
    papers = [paper(verified_enterprise()) for _ in range(6)]

    for row in papers[:3]:
        view_paper(row.pk, actor=curious)
        view_paper(row.pk, actor=curious)  # the same again within the hour is one opening
        view_paper(row.pk, actor=other)
    assert not Fact.objects.filter(name=PapersOpenedInBulk.fact_name).exists()
    for row in papers[3:]:
        view_paper(row.pk, actor=curious)

    alarm = Fact.objects.get(name=PapersOpenedInBulk.fact_name)
    assert alarm.payload == {"user_id": curious.user_id, "count": 4}
    assert Fact.objects.filter(name=PaperViewed.fact_name, actor_user_id=curious.user_id).count() == 6  # told, not stopped
    deliver_due()
    assert Notice.objects.filter(recipient=auditor, fact=alarm).count() == 1
