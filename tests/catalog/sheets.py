"""Files of goods and stock for tests."""

import csv
import io

from kernel.models import Job
from kernel.services import deliver_due

HEADER = (
    "sku", "category", "title_zh", "title_en", "spec_zh", "spec_en", "attributes",
    "description_zh", "description_en", "price", "currency", "unit", "moq",
    "opening_stock", "lead_days", "place", "hs_code", "ready_to_ship", "wants", "want_categories",
)  # fmt: skip
GOOD = {
    "attributes": "",
    "sku": "", "category": "PAP", "title_zh": "牛卡纸 150g", "title_en": "Kraft liner 150 gsm", "spec_zh": "克重：150 g；幅宽：1200 mm",
    "spec_en": "Grammage: 150 g; Width: 1200 mm", "description_zh": "纯木浆，卷筒包装，出厂附检验单。", "description_en": "",
    "price": "4280.50", "currency": "CNY", "unit": "t", "moq": "10", "opening_stock": "120", "lead_days": "7", "place": "佛山",
    "hs_code": "48041100", "ready_to_ship": "是", "wants": "包装机械、仓储服务", "want_categories": "",
}  # fmt: skip


def goods(*rows: dict, header=HEADER, encoding: str = "utf-8") -> bytes:
    """A CSV of goods; each row says what differs from a good one."""
    return table([[{**GOOD, **row}[name] for name in header] for row in rows], header=header, encoding=encoding)


def table(rows, *, header, encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def workbook(rows, *, header) -> bytes:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    for row in [header, *rows]:
        book.active.append(list(row))
    book.save(out)
    return out.getvalue()


def done(job: Job) -> Job:
    """Let the relay do a job to its end."""
    deliver_due()
    job.refresh_from_db()
    return job
