from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("accounts.act_refused", label=_("Attempt refused"))
class ActRefused:
    enterprise_id: int
    page: str  # name of the URL
    method: str
    code: str  # of the refusal
    capability: str


@fact("accounts.list_exported", label=_("List downloaded"))
class ListExported:
    enterprise_id: int
    which: str  # operation_log, orders
    asked: dict  # the filters


@fact("accounts.export_requested", label=_("Export of everything requested"))
class ExportRequested:
    enterprise_id: int
    job_id: int


@fact("accounts.export_part_made", label=_("Part of an export made"))
class ExportPartMade:
    enterprise_id: int
    job_id: int
    part: int


@fact("accounts.export_made", label=_("Export of everything made"))
class ExportMade:
    enterprise_id: int
    job_id: int
    sha256: str


@fact("accounts.export_failed", label=_("Export of everything failed"))
class ExportFailed:
    enterprise_id: int
    job_id: int


@fact("accounts.export_taken", label=_("Export of everything downloaded"))
class ExportTaken:
    enterprise_id: int
    job_id: int


@fact("accounts.export_expired", label=_("Export of everything erased after its days"))
class ExportExpired:
    enterprise_id: int
    job_id: int
