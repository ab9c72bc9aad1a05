"""Grants of single objects to sub-accounts that see only what is granted; the rooms whose objects these are call here (H16)."""

from collections.abc import Iterable

from django.contrib.auth.models import Permission

from kernel.refusals import NotFound

from ..models import Membership


def grant_own(model, row, *, actor) -> None:
    """Let a sub-account see what it makes itself, now and whenever its sight is narrowed; the main account needs no grant."""
    if actor.membership_id and not actor.is_main:
        _grant(model, row, {actor.membership_id: actor.user_id})


def set_grants(model, row, *, flag: str, people: Iterable[int], actor) -> tuple[list[int], list[int]]:
    """Let exactly these memberships of the actor's narrowed sub-accounts see a locked row; returns who could before and who can now.

    `flag` is the field of Membership that narrows sight. Raises NotFound for people who are not among them.
    """
    wanted = set(people)
    narrowed = dict(Membership.objects.own(actor).filter(is_main=False, **{flag: True}).values_list("pk", "user_id"))
    if not wanted <= set(narrowed):
        raise NotFound()
    rows = model.objects.filter(content_object=row, membership__in=narrowed)
    held = set(rows.values_list("membership_id", flat=True))
    rows.exclude(membership__in=wanted).delete()
    _grant(model, row, {pk: narrowed[pk] for pk in wanted - held})
    return sorted(held), sorted(wanted)


def _grant(model, row, people: dict[int, int]) -> None:
    meta = model._meta.get_field("content_object").related_model._meta
    permission = Permission.objects.get(
        content_type__app_label=meta.app_label, content_type__model=meta.model_name, codename=f"view_{meta.model_name}"
    )
    rows = [model(permission=permission, content_object=row, membership_id=pk, user_id=user_id) for pk, user_id in people.items()]
    model.objects.bulk_create(rows, ignore_conflicts=True)
