"""Messages: said once, to parties only, never changed; their files private."""

import io
import secrets

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse
from PIL import Image

from accounts.models import Enterprise
from kernel.models import ChainLink, Document, Fact
from kernel.refusals import Denied, KeyReused, NotFound, Refusal
from messaging.models import Message, MessageAttachment, Thread
from messaging.queries import messages_about
from messaging.services import post_message
from tests.races import race
from tests.worlds import main_account, member_actor, person, staff_user, sub_account, verified_enterprise


def picture(name="签收单.png", colour="red"):
    out = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def say(a, b, body="货已备好。", *, about=None, actor=None, **changes):
    values = {"parties": [a.pk, b.pk], "body": body, "uploads": [], "request_key": secrets.token_urlsafe(12), **changes}
    return post_message(subject=about or a, actor=actor or member_actor(a), **values)


@pytest.mark.django_db
def test_both_parties_read_the_same_thread_in_order():
    a, b = verified_enterprise(), verified_enterprise()

    say(a, b, "一")
    say(a, b, "二", actor=member_actor(b))

    assert [m.body for m in messages_about(a)] == ["一", "二"]
    assert [m.enterprise_id for m in messages_about(a)] == [a.pk, b.pk]
    assert Thread.objects.count() == 1
    fact = Fact.objects.filter(name="messaging.message_posted").first()
    # The room whose thing it is tells the enterprises; said twice on their chains, their logs would say everything twice.
    assert list(ChainLink.objects.filter(fact=fact).values_list("chain", flat=True)) == [f"person:{main_account(a).pk}"]
    assert "一" not in str(fact.payload)


@pytest.mark.django_db
def test_threads_about_one_thing_are_apart_for_different_parties():
    a, b, c = verified_enterprise(), verified_enterprise(), verified_enterprise()
    say(a, b, "给乙", about=a)
    say(a, c, "给丙", about=a)

    assert [m.body for m in messages_about(a, actor=member_actor(b))] == ["给乙"]
    assert [m.body for m in messages_about(a, actor=member_actor(c))] == ["给丙"]
    assert [m.body for m in messages_about(a, actor=member_actor(verified_enterprise()))] == []


@pytest.mark.django_db
def test_outsiders_and_people_without_the_box_say_nothing():
    a, b, thief = verified_enterprise(), verified_enterprise(), verified_enterprise()
    frozen = verified_enterprise(state="frozen")

    with pytest.raises(NotFound):
        say(a, b, actor=member_actor(thief))
    with pytest.raises(Denied):
        say(a, b, actor=member_actor(a, sub_account(a, "manage_stock")))
    with pytest.raises(Denied):
        say(frozen, b)

    assert not Message.objects.exists() and not Thread.objects.exists()


@pytest.mark.django_db
def test_empty_long_and_hostile_messages_are_refused_whole():
    a, b = verified_enterprise(), verified_enterprise()

    for body, files, code in [
        ("  \n", [], "message_empty"),
        ("x" * 5001, [], "message_too_long"),
        ("a\x00b", [], "message_too_long"),
        ("好", [picture() for _ in range(6)], "too_many_files"),
        ("好", [picture(), SimpleUploadedFile("a.pdf", b"<script>alert(1)</script>")], "upload_type"),
        ("好", [SimpleUploadedFile("a.pdf", b"")], "upload_empty"),
    ]:
        with pytest.raises(Refusal) as refused:
            say(a, b, body, uploads=files)
        assert refused.value.code == code

    assert not Message.objects.exists() and not Document.objects.exists() and not Thread.objects.exists()


@pytest.mark.django_db
def test_the_same_key_names_the_same_message():
    a, b = verified_enterprise(), verified_enterprise()
    key = secrets.token_urlsafe(12)

    assert say(a, b, "一", request_key=key) == say(a, b, "一", request_key=key)
    with pytest.raises(KeyReused):
        say(a, b, "二", request_key=key)

    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_sends_of_one_form_make_one_message():
    a, b = verified_enterprise(), verified_enterprise()
    key, actor = secrets.token_urlsafe(12), member_actor(a)

    results = race([lambda: say(a, b, "一", actor=actor, request_key=key).pk for _ in range(8)])

    assert len(set(results)) == 1 and Message.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["messaging_message", "messaging_messageattachment"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_was_said_stays(table, act):
    a, b = verified_enterprise(), verified_enterprise()
    say(a, b, uploads=[picture()])

    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act.format(table))

    assert Message.objects.count() == MessageAttachment.objects.count() == 1


@pytest.mark.django_db
def test_files_go_to_the_parties_only(client):
    a, b, thief = verified_enterprise(), verified_enterprise(), verified_enterprise()
    say(a, b, uploads=[picture()])
    url = reverse("messaging:attachment", args=[MessageAttachment.objects.get().document.token])

    assert client.get(url).status_code == 302
    for user, status in [(main_account(a), 200), (main_account(b), 200), (main_account(thief), 404), (person(), 404), (staff_user(), 404)]:
        client.force_login(user)
        answer = client.get(url)
        assert answer.status_code == status
        client.logout()
    client.force_login(main_account(b))
    answer = client.get(url)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert client.get(url + "x/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["frozen", "closed"])
def test_files_stay_closed_without_a_box_and_for_a_frozen_firm(client, state):
    a, b = verified_enterprise(), verified_enterprise()
    say(a, b, uploads=[picture()])
    url = reverse("messaging:attachment", args=[MessageAttachment.objects.get().document.token])

    answers = {}
    for box in ("manage_products", "trade"):
        client.force_login(sub_account(b, box))
        answers[box] = client.get(url).status_code
    Enterprise.objects.filter(pk=b.pk).update(state=state)
    client.force_login(main_account(b))

    assert answers == {"manage_products": 403, "trade": 200}
    assert client.get(url).status_code == 403
    client.force_login(main_account(a))
    assert client.get(url).status_code == 200


@pytest.mark.django_db
def test_another_file_of_the_same_name_and_size_is_another_message():
    a, b = verified_enterprise(), verified_enterprise()
    once = secrets.token_urlsafe(12)
    first, second = picture(colour=(1, 2, 3)), picture(colour=(3, 2, 1))
    assert first.size == second.size
    say(a, b, uploads=[first], request_key=once)
    first.seek(0)
    say(a, b, uploads=[first], request_key=once)

    with pytest.raises(KeyReused):
        say(a, b, uploads=[second], request_key=once)

    assert len(messages_about(a)) == 1
