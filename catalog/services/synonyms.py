"""Words of the trade that mean the same: kept by staff, used at the next question."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from kernel.chains import PLATFORM
from kernel.refusals import Refusal
from kernel.services import claim_key, lock, record

from ..facts import SynonymsSet
from ..models import SynonymGroup
from ..permissions import CHANGE_SYNONYMS
from ..search_rules import MAX_TERM, runs, term_key

MOST = 12  # words of a group


@transaction.atomic
def set_synonyms(pk: int | None, *, actor, terms: Sequence[str], request_key: str) -> SynonymGroup:
    """Keep a group of words that mean the same (staff), or a new one when `pk` is None.

    Raises Refusal("synonyms_few"), Refusal("synonyms_many"), Refusal("synonym_wordless"), NotFound.
    """
    require_staff(actor, CHANGE_SYNONYMS)
    kept = list({term_key(term): " ".join(term.split()) for term in terms if term.strip()}.items())
    _refuse_nonsense(kept)
    said = [term for _key, term in kept]
    claim = claim_key(request_key, verb="catalog.set_synonyms", actor=actor, inputs={"group": pk, "terms": said})
    group = lock(SynonymGroup.objects.all(), pk=pk) if pk else SynonymGroup(terms=[])
    if claim.result_id:
        return group if pk else SynonymGroup.objects.get(pk=claim.result_id)
    before, group.terms, group.keys = group.terms, said, [key for key, _term in kept]
    group.save()
    changes = {"terms": [" = ".join(before), " = ".join(said)]}
    record(SynonymsSet(group_id=group.pk), actor=actor, subject=group, chains=[PLATFORM], changes=changes)
    claim.done(group.pk)
    return group


@transaction.atomic
def drop_synonyms(pk: int, *, actor, request_key: str) -> None:
    """Take a group of synonyms away (staff); what stood in it stays in the log. Raises NotFound."""
    require_staff(actor, CHANGE_SYNONYMS)
    claim = claim_key(request_key, verb="catalog.drop_synonyms", actor=actor, inputs={"group": pk})
    if claim.result_id:
        return
    group = lock(SynonymGroup.objects.all(), pk=pk)
    changes = {"terms": [" = ".join(group.terms), ""]}
    record(SynonymsSet(group_id=pk), actor=actor, subject=group, chains=[PLATFORM], changes=changes)
    group.delete()
    claim.done(pk)


def _refuse_nonsense(kept: list[tuple[str, str]]) -> None:
    if len(kept) < 2:
        raise Refusal("synonyms_few", _("Give at least two words that mean the same."))
    if len(kept) > MOST:
        raise Refusal("synonyms_many", _("Give at most %(n)s words; make a second group for more.") % {"n": MOST})
    for key, term in kept:
        if not key or len(term) > 40 or len(runs(term)) > 5 or max(len(run) for run in runs(term)) > 2 * MAX_TERM:
            raise Refusal("synonym_wordless", _("“%(term)s” is no word that can be searched for, or is too long.") % {"term": term})
