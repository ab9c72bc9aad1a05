"""Saved searches, followed firms and requests as rows that new offers are compared with (B12)."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kernel.chains import enterprise_chain, person_chain
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import cancel_deadlines, claim_key, lock, record

from .. import facts, fits, needs
from ..models import Category, SavedSearch, SearchToken, Want
from ..queries.firms import seller_page


@transaction.atomic
def save_search(
    name: str, *, actor, q: str, categories: Sequence[str], filters: dict, query: str, weekly: bool, by_mail: bool, request_key: str
) -> SavedSearch:
    """Keep a search of the market for the person who acts; every new offer that fits is told once.

    `filters` is what `queries.kept_of` keeps of a search, `query` the same as the market's address has it.
    Raises Denied, Refusal too_many_searches, category_unknown.
    """
    inputs = {"name": name, "q": q, "categories": list(categories), "filters": filters, "weekly": weekly, "by_mail": by_mail}
    claim = _claim(actor, "catalog.save_search", request_key, inputs)
    if claim.result_id:
        return SavedSearch.objects.get(pk=claim.result_id)
    places = list(Category.objects.filter(code__in=list(categories)))
    if categories and not places:  # the market would find nothing by it; without it, everything
        raise Refusal("category_unknown", _("Choose one of the categories."))
    _refuse_too_many(actor)
    made = SavedSearch.objects.create(
        kind="search", user_id=actor.user_id, enterprise_id=actor.enterprise_id, name=name.strip()[:120] or str(_("My search")),
        query=query[:500],
        filters={**filters, "q": q}, weekly=weekly, by_mail=by_mail, created_at=now(),
    )  # fmt: skip
    made.categories.set(places)
    _index(made)
    return _told(made, facts.SearchSaved(search_id=made.pk, kind="search"), actor, claim)


@transaction.atomic
def follow_firm(handle: str, *, actor, request_key: str) -> SavedSearch:
    """Be told of the new offers of a firm; following twice is following. Raises Denied, NotFound, Refusal own_enterprise."""
    claim = _claim(actor, "catalog.follow_firm", request_key, {"handle": handle})
    if claim.result_id:
        return SavedSearch.objects.get(pk=claim.result_id)
    firm = seller_page(handle)
    if firm.pk == actor.enterprise_id:
        raise Refusal("own_enterprise", _("This is your own enterprise."))
    _refuse_too_many(actor)
    mine = {"user_id": actor.user_id, "enterprise_id": actor.enterprise_id, "firm": firm, "kind": "firm", "ended_at": None}
    made, new = SavedSearch.objects.get_or_create(**mine, defaults={"name": firm.name, "created_at": now()})
    if new:
        _index(made)
    return _told(made, facts.SearchSaved(search_id=made.pk, kind="firm"), actor, claim)


@transaction.atomic
def change_search(search_id: int, *, actor, paused: bool, weekly: bool, by_mail: bool, request_key: str) -> SavedSearch:
    """Pause or resume an own saved search, and choose between at once and weekly, with mail or without. Raises Denied, NotFound."""
    inputs = {"search": search_id, "paused": paused, "weekly": weekly, "by_mail": by_mail}
    claim = _claim(actor, "catalog.change_search", request_key, inputs)
    search = lock(SavedSearch.objects.own(actor), pk=search_id)
    if claim.result_id:
        return search
    search.paused_at = (search.paused_at or now()) if paused else None
    search.weekly, search.by_mail = weekly, by_mail
    search.save(update_fields=["paused_at", "weekly", "by_mail"])
    _index(search)
    return _told(search, facts.SearchChanged(search_id=search.pk), actor, claim)


@transaction.atomic
def end_search(search_id: int, *, actor, request_key: str) -> SavedSearch:
    """Remove an own saved search, or stop following. Raises Denied, NotFound."""
    claim = _claim(actor, "catalog.end_search", request_key, {"search": search_id})
    if claim.result_id:
        return SavedSearch.objects.get(pk=claim.result_id)
    search = lock(SavedSearch.objects.own(actor), pk=search_id)
    _stop(search)
    return _told(search, facts.SearchEnded(search_id=search.pk), actor, claim)


def keep_want_search(want: Want, *, user_id: int) -> SavedSearch:
    """Let a request be compared with every new offer from now on."""
    filters = {
        "currency": want.currency, "value_max": want.value_max_minor, "quantity": str(want.quantity), "unit": want.unit,
        "attributes": want.attributes,
    }  # fmt: skip
    values = {
        "kind": "want", "user_id": want.person_id or user_id, "enterprise_id": want.enterprise_id, "name": want.title, "filters": filters,
        "ended_at": None, "created_at": now(),
    }  # fmt: skip
    search, _made = SavedSearch.objects.update_or_create(want=want, defaults=values)
    search.categories.set([want.category_id])
    _index(search)
    return search


def drop_want_search(want: Want) -> None:
    """A request that is not open is compared with nothing."""
    for search in SavedSearch.objects.filter(want=want, ended_at=None):
        _stop(search)


def _stop(search: SavedSearch) -> None:
    search.ended_at = now()
    search.save(update_fields=["ended_at"])
    search.tokens.all().delete()
    cancel_deadlines(search)


def _index(search: SavedSearch) -> None:
    """Write the tokens under which new offers find this search; none while it is paused or ended."""
    search.tokens.all().delete()
    if search.paused_at or search.ended_at:
        return
    if search.firm_id is not None:
        asked, need = [fits.firm_token(search.firm_id)], 1
    elif search.kind == "want":
        asked, need = fits.asked_by_want(search.name)
    else:
        asked, need = fits.asked_by_search(search.filters.get("q", ""))
    places = list(search.categories.values_list("pk", flat=True)) or [0]
    SearchToken.objects.bulk_create(
        SearchToken(search=search, category_id=place, token=token[:80], need=need) for place in places for token in asked
    )


def reindex_searches() -> int:
    """Write the tokens of every running search anew, each in a transaction of its own; returns how many there were."""
    done = 0
    for pk in list(SavedSearch.objects.running().order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            _index(lock(SavedSearch.objects.all(), pk=pk))
        done += 1
    return done


def _claim(actor, verb: str, request_key: str, inputs: dict):
    if not actor.user_id:
        raise Denied("members_only", _("Log in first: alerts come to your inbox."))
    return claim_key(request_key, verb=verb, actor=actor, inputs=inputs)


def _told(search: SavedSearch, fact, actor, claim) -> SavedSearch:
    chains = [person_chain(actor.user_id)] + ([enterprise_chain(actor.enterprise_id)] if actor.enterprise_id else [])
    record(fact, actor=actor, subject=search, chains=chains)
    claim.done(search.pk)
    return search


def _refuse_too_many(actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 17))", [f"searches:{actor.user_id}"])
    if SavedSearch.objects.filter(user_id=actor.user_id, want=None, ended_at=None).count() >= needs.SAVED_OF_PERSON:
        text = _("You have %(max)s saved searches, which is the most. Remove one first.")
        raise Refusal("too_many_searches", text % {"max": needs.SAVED_OF_PERSON})
