"""A warehouse clerk books the wrong goods in: the owner finds who it was, undoes it, proves the log whole and takes everything along."""

import io
import zipfile

import pytest

from catalog.models import Stock
from kernel.services import deliver_due
from tests.worlds import key, live_listing, reauthenticate, sub_account, verified_enterprise

from .browsing import done, hidden, office_of, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.spec("H17", "H18", "H54")
def test_a_wrong_booking_is_found_undone_and_taken_along():
    firm = verified_enterprise()
    goods = live_listing(firm)
    clerk, owner = signed_in(sub_account(firm, "manage_stock")), office_of(firm)
    reauthenticate(owner)
    page = f"/shop/stock/{goods.no}/"

    form = {"request_key": hidden(clerk.get(page), "request_key"), "kind": "in", "quantity": "7", "reason": "wrong pallet"}
    done(clerk.post(page, form))

    trace = owner.get(page).content.decode().partition('href="/shop/team/log/?about=')[2].partition('"')[0]
    log = owner.get("/shop/team/log/", {"about": trace})
    booking = log.context["rows"][0]
    assert (booking["who"], booking["what"], booking["subject"]) == ("Sub", "Stock moved", goods.no)
    assert [(c["before"], c["after"]) for c in booking["changes"]] == [("100.000", "107.000")]

    undo = owner.get(booking["undo"].partition("#")[0])
    filled = {name: undo.context["form"][name].value() for name in ("request_key", "kind", "quantity", "reason")}
    assert filled["reason"] == f"Reversal of entry #{booking['seq']} of our operation log"
    done(owner.post(page, filled))
    assert Stock.objects.get(pk=goods.pk).on_hand == 100

    assert owner.get("/shop/team/log/check/").context["findings"] == 0
    done(owner.post("/me/export/", {"request_key": key()}))
    deliver_due()
    jobs = owner.get("/me/export/")
    url = jobs.content.decode().partition('href="/me/export/')[2].partition('"')[0]
    body = b"".join(owner.get(f"/me/export/{url}").streaming_content)
    assert "wrong pallet" in zipfile.ZipFile(io.BytesIO(body)).read("stock_movements.json").decode()
    assert owner.get("/shop/team/log/").context["rows"][0]["what"] == "Export of everything downloaded"
