"""Trading holds as a guard for the services of other rooms."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from kernel.refusals import Refusal

from ..queries import held_parties


def refuse_held(enterprise_ids: Iterable[int]) -> None:
    """Refuse to open business with a company whose trade is held; raises Refusal("party_on_hold") (H20).

    Says neither which of several reasons it is nor what is being changed: that is the company's own affair.
    """
    if held_parties(enterprise_ids):
        raise Refusal("party_on_hold", _("New trades with this company are on hold while its data are being checked. Try again later."))
