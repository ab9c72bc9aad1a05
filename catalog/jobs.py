"""The long work of this room: goods and stock out of files and into files."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from accounts.permissions import Capability
from accounts.queries import actor_again
from kernel.jobs import JobKind, job_kind

from . import columns
from .permissions import LIST_GOODS, MANAGE_STOCK
from .services import imports, sheets


class OfCompany(JobKind):
    """A kind that whoever holds one capability asks for and looks at."""

    capability: Capability

    def actor(self, job):
        return actor_again(job.asked_by_id, job.owner_chain)

    def allow(self, actor) -> None:
        require(actor, self.capability)


@job_kind
class ListingImport(OfCompany):
    name, label, capability = "catalog.listing_import", _("import of goods"), LIST_GOODS
    count_labels = {"created": _("new goods"), "changed": _("changed goods"), "unchanged": _("goods left as they are")}

    def begin(self, job, actor):
        return imports.begin_listing_import(job, actor)

    def batch(self, job, actor, number):
        return imports.listing_batch(job, actor, number)

    def refused_header(self, job):
        return sheets.header_of(job, columns.LISTING_COLUMNS)

    def page(self, job):
        return reverse("catalog:listing_import")
