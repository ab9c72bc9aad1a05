"""Why a bank entry stands where it stands, in words for finance; and what may be proposed for it. Values only."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# code: (short name, sentence)
REASONS = {
    "exact": (_("exact"), _("Reference, amount and payer agree.")),
    "charged": (_("less bank charges"), _("Reference and payer agree; bank charges within the tolerance are missing of the amount.")),
    "under": (_("too little"), _("The reference is true, but less came than is due.")),
    "over": (_("too much"), _("The reference is true, but more came than is due.")),
    "third_party": (
        _("third party"),
        _("Reference and amount are true, but the payer is not the company that owes it. A signed note is needed."),
    ),
    "likely": (_("likely"), _("No whole reference; one payment fits by what is left of it, or by payer and amount.")),
    "unknown": (_("unknown"), _("Nothing that is waited for fits.")),
    "ended": (
        _("nothing waits"),
        _("The reference is true, but nothing waits for money under it any more: paid before, or the order has ended."),
    ),
    "currency": (_("other currency"), _("The reference is true, but this payment is due in another currency.")),
    "own": (_("own company"), _("Whoever imported the statement belongs to one of the two parties, so a colleague must decide.")),
    "taken_back": (_("taken back"), _("The bank took a booking back, or a payment came back. Two people decide what it undoes.")),
    "late": (_("late or edited"), _(
        "An earlier statement covers this moment and does not have this booking: the file was edited, or the bank booked late."
    )),
    "edited": (_("edited"), _("The bank's reference was booked before with another amount or direction.")),
    "by_hand": (_("confirmed by hand"), _("Finance had confirmed this booking by hand before the statement came.")),
    "paid": (_("payment made"), _("It carries out an instruction to the custodian.")),
    "payee": (_("other account"), _("Reference and amount are those of an instruction, but it went to another account.")),
    "unreleased": (_("not released"), _("It carries out an instruction that had not been released to the custodian.")),
    "decided": (pgettext_lazy("bank entry", "decided"), _("Two people of finance have decided it.")),
}  # fmt: skip

PROPOSALS = {
    "allocate": _("allocate to payments"),
    "give_back": _("send back to the sender"),
    "confirm": _("confirm an instruction"),
    "charge": _("book as bank charge"),
    "accept": _("take into the books"),
    "dismiss": _("leave out of the books"),
    "take_back": _("undo a receipt that the bank took back"),
}
