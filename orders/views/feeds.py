"""The door for what tracking services push: no session, no page, an answer in the shape they expect."""

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kernel.refusals import Refusal

from .. import services

MOST_BYTES = 1_500_000  # a text of a million characters, percent-encoded only where it must be


@csrf_exempt  # who pushes has no session to ride on; every message is signed
@require_POST
def tracking_push(request) -> JsonResponse:
    """A message of the tracking service about one number."""
    if request.content_type != "application/x-www-form-urlencoded":
        return _answer(400, "form expected")
    if not (request.META.get("CONTENT_LENGTH") or "0").isdecimal() or int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return _answer(413, "too large")
    try:
        form = request.POST
        services.hear_push({"param": form.get("param", ""), "sign": form.get("sign", "")}, actor=request.actor)
    except Refusal as refusal:
        return _answer(refusal.status, refusal.code)
    except (SuspiciousOperation, BadRequest, UnreadablePostError):
        return _answer(400, "unreadable")
    return _answer(200, "成功")


def _answer(status: int, message: str) -> JsonResponse:
    told = {"result": status == 200, "returnCode": str(status), "message": message}
    return JsonResponse(told, status=status, json_dumps_params={"ensure_ascii": False})
