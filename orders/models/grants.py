from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from accounts.models import Membership

from .orders import Order


class OrderUserObjectPermission(UserObjectPermissionBase):
    """An order that a narrowed sub-account may see; bound to the membership, so that it ends with it and never serves another company."""

    content_object = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="grants")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="order_grants")

    class Meta:
        verbose_name = _("grant of an order")
        verbose_name_plural = _("grants of orders")
        constraints = [models.UniqueConstraint(fields=["membership", "content_object"], name="order_granted_once")]
