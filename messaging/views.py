from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from kernel.responses import private_file

from . import queries, services


@login_required
@require_GET
def inbox(request):
    """The notices of the person, newest first, by keyset."""
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    notices, last = queries.inbox(request.actor, before=number)
    next_url = f"{reverse('messaging:inbox')}?before={last}" if last else ""
    unread = queries.unread_count(request.actor)
    context = {
        "notices": notices, "next_url": next_url, "unread": unread, "shown": unread if unread < 100 else "99+", "nav": "inbox",
        "newest": notices[0].pk if notices and number is None else 0,
    }  # fmt: skip
    return render(request, "messaging/inbox.html", context)


@login_required
@require_GET
def notice_open(request, notice_id: int):
    """Mark one notice as read and go where it leads (its path was checked when it was made)."""
    return HttpResponseRedirect(services.open_notice(notice_id, actor=request.actor).url)


@login_required
@require_POST
def all_read(request):
    until = request.POST.get("until", "")
    services.mark_all_read(actor=request.actor, until=int(until) if until.isascii() and until.isdigit() and len(until) < 19 else 0)
    return redirect("messaging:inbox")


@login_required
@require_GET
def attachment(request, token: str):
    """A file of a thread, for its parties."""
    return private_file(queries.attachment_for(request.actor, token), inline=True)
