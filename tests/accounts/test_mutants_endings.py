"""What earlier tests let pass when freezing, closing and their proofs were broken on purpose."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from accounts import services
from accounts.models import FreezeProof
from kernel.clock import now
from kernel.models import Document
from kernel.refusals import Denied, NotFound, Refusal
from tests.worlds import key, main_account, member_actor, staff_actor, verified_enterprise

from .test_closing import close
from .test_freeze import DESK, frozen, picture, proofs_added

pytestmark = pytest.mark.django_db


@pytest.mark.spec("H13")
@pytest.mark.parametrize("spoilt", ["stage", "erased"])
def test_unfreezing_counts_only_proofs_that_were_brought_for_it_and_are_still_there(spoilt):
    case, desk = frozen(verified_enterprise()), staff_actor(*DESK)
    if spoilt == "stage":  # those that asked for the freeze
        for kind in ("licence", "legal_rep_id"):
            document = services.keep_proof(picture(f"{kind}.png"), actor=desk)
            FreezeProof.objects.create(case=case, stage="freeze", kind=kind, document=document, created_at=now())
    else:
        proofs_added(case, desk)
        Document.objects.filter(freezeproof__case=case, freezeproof__kind="licence").update(erased_at=now())

    with pytest.raises(Refusal) as refusal:
        services.propose_unfreeze(case.pk, actor=desk, request_key=key())
    assert refusal.value.code == "proofs_missing"
    case.refresh_from_db()
    assert case.state == "frozen"


@pytest.mark.spec("H12", "P30")
def test_p28_a_proof_opens_for_the_freeze_desk_and_for_no_other_staff():
    case, desk = frozen(verified_enterprise()), staff_actor(*DESK)
    proofs_added(case, desk)
    proof = case.proofs.first()

    for actor in (staff_actor(), staff_actor("accounts.view_enterprise"), member_actor(case.enterprise)):
        with pytest.raises(NotFound):
            services.view_proof(proof.pk, actor=actor)
    assert services.view_proof(proof.pk, actor=desk)[0] == proof.document


@pytest.mark.spec("H22", "P16")
def test_an_actor_read_before_the_closing_does_nothing_after_it():
    firm = verified_enterprise()
    before = member_actor(firm)
    close(firm)

    with pytest.raises(Denied) as refusal:
        services.create_sub_account(
            username="late", display_name="", password="correct-horse-9", boxes=["trade"], actor=before, request_key=key()
        )  # fmt: skip
    assert refusal.value.code == "closed"


@pytest.mark.spec("H22", "P39")
def test_nothing_that_proved_a_person_is_left_after_the_closing():
    firm = verified_enterprise()
    owner = main_account(firm)
    TOTP.activate(owner, generate_totp_secret())
    close(firm)

    assert not Authenticator.objects.filter(user=owner).exists()
    owner.refresh_from_db()
    assert not owner.has_usable_password() and owner.email == ""
