"""Who is not let in where unverified companies may not log in (H11)."""

from django.conf import settings

from ..models import Enterprise

LET_IN = ("verified", "frozen", "closed")  # these are answered elsewhere: at work, by the notice of the freeze, by the closed page


def unverified_company(user) -> Enterprise | None:
    """The company that keeps a person out, None for those who may log in: no company yet, one that was verified, or staff.

    Asked after the password was proven and under `settings.UNVERIFIED_LOGIN = "block"` only, so that it tells outsiders nothing.
    """
    if settings.UNVERIFIED_LOGIN != "block" or user.is_staff:
        return None
    own = Enterprise.objects.filter(memberships__user=user, memberships__ended_at=None)
    if own.filter(state__in=LET_IN).exists():
        return None
    return own.order_by("-pk").first()
