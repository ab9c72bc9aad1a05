"""What an export says of customer service: what the company's people asked in its name, and what they were answered."""

from kernel.registries import export_part

from .models import Answer, ServiceRequest


@export_part("service_requests")
def requests(enterprise_id: int):
    for row in ServiceRequest.objects.filter(enterprise_id=enterprise_id).order_by("pk"):
        yield {
            "no": row.no, "topic": row.topic, "name": row.name, "email": row.email, "phone": row.phone, "subject": row.subject,
            "message": row.message, "person": row.user_id, "state": row.state, "received": row.created_at, "closed": row.closed_at,
        }  # fmt: skip


@export_part("service_answers")
def answers(enterprise_id: int):
    for row in Answer.objects.filter(request__enterprise_id=enterprise_id).select_related("request").order_by("pk"):
        yield {"request": row.request.no, "text": row.text, "at": row.at}
