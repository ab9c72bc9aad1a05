"""The long work of this room: goods and stock out of files and into files."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from accounts.permissions import Capability
from accounts.queries import actor_again
from kernel.jobs import JobKind, job_kind

from . import columns
from .permissions import LIST_GOODS, MANAGE_PRODUCTS, MANAGE_STOCK
from .services import imports, sheets, stock_counts, stock_exports, stock_imports


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
        return imports.begin_listing_import(job, actor=actor)

    def batch(self, job, actor, number):
        return imports.listing_batch(job, number, actor=actor)

    def refused_header(self, job):
        return sheets.header_of(job, columns.LISTING_COLUMNS)

    def page(self, job):
        return reverse("catalog:listing_import")


@job_kind
class StockImport(OfCompany):
    name, label, capability = "catalog.stock_import", _("stock movements out of a file"), MANAGE_STOCK
    count_labels = {"moved": _("movements")}

    def begin(self, job, actor):
        return stock_imports.begin_stock_import(job, actor=actor)

    def batch(self, job, actor, number):
        return stock_imports.stock_batch(job, number, actor=actor)

    def refused_header(self, job):
        return sheets.header_of(job, columns.STOCK_COLUMNS)

    def page(self, job):
        return reverse("catalog:stock_import")


class OfCount(OfCompany):
    capability = MANAGE_STOCK

    def page(self, job):
        return reverse("catalog:stock_count", args=[job.args["count"]])

    def refused_header(self, job):
        return [str(column.label) for column in columns.COUNT_COLUMNS]


@job_kind
class CountImport(OfCount):
    name, label = "catalog.count_import", _("count sheet")
    count_labels = {"counted": _("counted goods")}

    def begin(self, job, actor):
        return stock_counts.begin_count_import(job, actor=actor)

    def batch(self, job, actor, number):
        return stock_counts.count_batch(job, number, actor=actor)

    def refused_header(self, job):
        return sheets.header_of(job, columns.COUNT_COLUMNS)


@job_kind
class CountBooking(OfCount):
    name, label = "catalog.count_booking", _("booking of a stock count")
    count_labels = {"differences": _("differences booked"), "right": _("goods without a difference")}

    def begin(self, job, actor):
        return stock_counts.begin_booking(job, actor=actor)

    def batch(self, job, actor, number):
        return stock_counts.booking_batch(job, number, actor=actor)

    def finish(self, job, actor):
        stock_counts.finish_booking(job, actor=actor)


class Export(OfCompany):
    def begin(self, job, actor):
        return stock_exports.begin_export(job, actor=actor)

    def batch(self, job, actor, number):
        return stock_exports.export_batch(job, number, actor=actor)

    def finish(self, job, actor):
        return stock_exports.finish_export(job, actor=actor)


@job_kind
class ListingExport(Export):
    name, label, capability = stock_exports.LISTINGS, _("goods into a file"), MANAGE_PRODUCTS

    def page(self, job):
        return reverse("catalog:listing_import")


@job_kind
class StockExport(Export):
    name, label, capability = stock_exports.STOCK, _("stock into a file"), MANAGE_STOCK

    def page(self, job):
        return reverse("catalog:stock_import")


@job_kind
class MovementExport(Export):
    name, label, capability = stock_exports.MOVEMENTS, _("stock movements into a file"), MANAGE_STOCK

    def page(self, job):
        return reverse("catalog:stock_import")
