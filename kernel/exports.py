"""What an export says of the jobs that a company asked for."""

from .chains import enterprise_chain
from .models import Job
from .registries import export_part


@export_part("jobs")
def jobs(enterprise_id: int):
    for row in Job.objects.filter(owner_chain=enterprise_chain(enterprise_id)).order_by("pk").iterator(chunk_size=500):
        yield {
            "no": row.no, "kind": row.kind, "state": row.state, "rows": row.total, "done": row.done, "refused": row.failed,
            "counts": row.counts, "person": row.asked_by_id, "asked": row.created_at, "ended": row.ended_at, "problem": row.problem_text,
        }  # fmt: skip
