from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.models import Document

from .listings import Listing

KINDS = [("photo", _("photo")), ("video", _("video")), ("document", _("document"))]


class Media(models.Model):
    """A photo, video or data sheet of an enterprise; everybody's only while a listing on sale shows it (H53)."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("enterprise"))
    key = models.CharField(_("fingerprint"), max_length=40)  # of the content: the address changes with it
    kind = models.CharField(_("kind"), max_length=8, choices=KINDS)
    file_name = models.CharField(_("file name"), max_length=160)
    size_bytes = models.PositiveIntegerField()
    width = models.PositiveSmallIntegerField(default=0)
    height = models.PositiveSmallIntegerField(default=0)
    uploaded_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("picture, video or data sheet")
        verbose_name_plural = _("pictures, videos and data sheets")
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "key"], name="media_once_an_enterprise"),
            models.CheckConstraint(condition=Q(kind__in=[kind for kind, _label in KINDS]), name="media_kind"),
        ]
        indexes = [
            models.Index(fields=["key"], name="media_by_key"),
            models.Index(fields=["enterprise", "created_at"], name="media_of_enterprise"),
        ]

    def __str__(self):
        return self.file_name


class MediaFile(models.Model):
    """One sealed file of it: a size of a photo, a piece of a video, or the whole document."""

    media = models.ForeignKey(Media, on_delete=models.CASCADE, related_name="files", verbose_name=_("content"))
    role = models.CharField(max_length=8)  # thumb, medium, large, part, whole
    number = models.PositiveSmallIntegerField(default=0)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("file of a listing")
        verbose_name_plural = _("files of listings")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["media", "role", "number"], name="media_file_once")]

    def __str__(self):
        return f"{self.media_id} {self.role} {self.number}"


class ListingMedia(models.Model):
    """A listing uses this content in some version; `on_show` in the one that its columns hold, which was approved."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="used_media", verbose_name=_("listing"))
    media = models.ForeignKey(Media, on_delete=models.PROTECT, related_name="uses", verbose_name=_("content"))
    on_show = models.BooleanField(_("shown"), default=False)

    class Meta:
        verbose_name = _("content of a listing")
        verbose_name_plural = _("contents of listings")
        constraints = [models.UniqueConstraint(fields=["listing", "media"], name="listing_media_once")]

    def __str__(self):
        return f"{self.listing_id} {self.media_id}"
