from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_GET

from .limit_queries import wallet_page


@login_required
@require_GET
def wallet(request):
    """The enterprise's barter credit: what is there, held and free, its limits and why they are so."""
    return render(request, "ledger/wallet.html", {"nav": "wallet", **wallet_page(request.actor)})
