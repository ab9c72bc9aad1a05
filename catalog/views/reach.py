"""How often own goods were shown, opened and asked about."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import dateformat

from .. import queries


@login_required
def reach(request, no):
    found = queries.reach_of(request.actor, no)
    weeks = [found.days[n : n + 3] for n in range(0, len(found.days), 3)]
    bars = [(dateformat.format(part[0][0], "n/j"), sum(f.shown for _d, f in part), sum(f.opened for _d, f in part)) for part in weeks]
    return render(request, "catalog/reach.html", {"reach": found, "listing": found.listing, "bars": bars, "nav": "listings"})
