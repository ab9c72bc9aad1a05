from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from accounts.models import Membership

from .listings import Listing


class ListingUserObjectPermission(UserObjectPermissionBase):
    """A listing that a narrowed sub-account may see; bound to the membership, so that it ends with it and never serves another company."""

    content_object = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="grants")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="listing_grants")

    class Meta:
        verbose_name = _("grant of a listing")
        verbose_name_plural = _("grants of listings")
        constraints = [models.UniqueConstraint(fields=["membership", "content_object"], name="listing_granted_once")]
