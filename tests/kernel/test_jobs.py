"""Jobs: one of a kind at a time for each enterprise, each step once, told at the end, gone after their days."""

from datetime import timedelta

import pytest

from accounts.actors import Actor
from accounts.queries import actor_again
from kernel import jobs as kinds
from kernel.clock import now, telling
from kernel.jobs import Begun, JobKind, Made, RowRefused, Step, job_kind
from kernel.models import Deadline, Document, Fact, Job, JobPart
from kernel.queries import job_for, jobs_of
from kernel.refusals import Denied, IllegalMove, NotFound, Refusal
from kernel.services import (
    cancel_job,
    deliver_due,
    put_part,
    request_job,
    run_step,
    sweep_deadlines,
    take_job_file,
    take_part,
    work_job,
)
from messaging.models import Notice
from tests.catalog.refusing import refused
from tests.worlds import key, member_actor, verified_enterprise

pytestmark = pytest.mark.django_db
seen: list = []


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    monkeypatch.setattr(kinds, "KINDS", kinds.KINDS)
    kept = dict(kinds.KINDS)
    seen.clear()

    @job_kind
    class Counting(JobKind):
        name, label, count_labels = "tests.counting", "counting", {"even": "even"}

        def actor(self, job):
            return actor_again(job.asked_by_id, job.owner_chain)

        def allow(self, actor) -> None:
            if not actor.enterprise_id:
                raise Denied("no_enterprise")

        def begin(self, job, actor):
            if job.args.get("wrong"):
                raise Refusal("nothing_there", "There is nothing to count.")
            put_part(job, 0, b"left over")
            return Begun(job.args["n"], job.args["n"])

        def batch(self, job, actor, number):
            seen.append((job.no, number))
            if number == job.args.get("stumbles_at"):
                raise Refusal("stumbled", "It stumbled.")
            if number == 0:
                assert take_part(job, 0) == b"left over"
            return Step(1, {"even": number % 2 == 0}, [RowRefused(number + 1, ["=x"], ["odd"])] if number % 2 else [])

        def finish(self, job, actor):
            return Made(b"made", "made.txt", "text/plain")

        def refused_header(self, job):
            return ["number"]

    yield
    for name in set(kinds.KINDS) - set(kept):
        del kinds.KINDS[name]


@pytest.fixture
def actor():
    return member_actor(verified_enterprise())


def asked(actor, n=3, **args):
    return request_job("tests.counting", actor=actor, args={"n": n, **args}, request_key=key())


def again(job):
    return Job.objects.get(pk=job.pk)


@pytest.mark.spec("B15", thin=True)
def test_each_step_is_a_transaction_begun_by_the_fact_of_the_one_before(actor):
    job = asked(actor)
    deliver_due()

    job = again(job)
    assert (job.state, job.done, job.failed, job.counts) == ("finished", 3, 1, {"even": 2})
    assert [number for _no, number in seen] == [0, 1, 2]
    assert take_job_file(job.no, which="result", actor=actor).file_name == "made.txt"
    assert b"'=x" in _body(take_job_file(job.no, which="refused", actor=actor))
    assert not JobPart.objects.exists()
    names = list(Fact.objects.filter(subject_type="kernel.job").order_by("pk").values_list("name", flat=True))
    assert names == ["kernel.job_requested", *["kernel.job_step_done"] * 4, "kernel.job_finished", *["kernel.job_file_taken"] * 2]
    assert Notice.objects.get(recipient_id=actor.user_id).url == f"/me/jobs/{job.no}/"


def _body(document: Document) -> bytes:
    from kernel.services import read_document

    return read_document(document)


def test_p6_p23_asked_twice_it_is_one_job_and_no_step_runs_twice(actor):
    one_key = key()
    jobs = {request_job("tests.counting", actor=actor, args={"n": 2}, request_key=one_key).pk for _ in range(2)}
    (pk,) = jobs
    assert [run_step(pk, step=0), run_step(pk, step=0), run_step(pk, step=2), run_step(pk, step=1), run_step(pk, step=1)] == [
        True, False, False, True, False,
    ]  # fmt: skip
    assert len(seen) == 1


def test_of_one_kind_an_enterprise_runs_one_job_and_the_others_wait_their_turn(actor):
    first, second = asked(actor), asked(actor)
    other = asked(member_actor(verified_enterprise()))
    run_step(first.pk, step=0)
    assert not run_step(second.pk, step=0)
    assert run_step(other.pk, step=0), "another enterprise waits for nobody"

    deliver_due()

    assert {again(job).state for job in (first, second, other)} == {"finished"}
    mine = [no for no, _number in seen if no != other.no]
    assert mine == [first.no] * 3 + [second.no] * 3
    for _ in range(5):
        asked(actor)
    with refused("jobs_waiting"):
        asked(actor)


def test_a_refusal_ends_the_job_with_its_sentence_and_gives_the_turn_on(actor):
    wrong, stumbling, last = asked(actor, wrong=True), asked(actor, stumbles_at=1), asked(actor)
    deliver_due()

    wrong, stumbling = again(wrong), again(stumbling)
    assert (wrong.state, wrong.problem_text, wrong.done) == ("failed", "There is nothing to count.", 0)
    assert (stumbling.state, stumbling.problem, stumbling.done) == ("failed", "stumbled", 1)
    assert again(last).state == "finished"
    assert not JobPart.objects.exists()


@pytest.mark.spec("B15", thin=True)
def test_p14_each_step_asks_whether_the_person_still_may(actor):
    from accounts.models import Enterprise, Membership

    left, frozen = asked(actor), asked(member_actor(firm := verified_enterprise()))
    run_step(left.pk, step=0), run_step(left.pk, step=1), run_step(frozen.pk, step=0)
    Membership.objects.filter(user_id=actor.user_id).update(ended_at=now())
    Enterprise.objects.filter(pk=firm.pk).update(state="frozen")

    deliver_due()

    assert (again(left).problem, again(frozen).problem) == ("no_enterprise", "frozen")
    assert len(seen) == 1


def test_p20_a_job_that_takes_too_long_is_given_up_and_its_files_go_after_their_days(actor):
    late, finished = asked(actor), asked(member_actor(verified_enterprise()))
    run_step(late.pk, step=0)
    work_job(finished.pk)
    with telling(now() + timedelta(hours=13)):
        sweep_deadlines()
        deliver_due()
    assert again(late).problem == "late"
    assert Document.objects.exists()

    with telling(now() + timedelta(days=9)):
        sweep_deadlines()
        deliver_due()

    finished = again(finished)
    assert (finished.state, finished.done, finished.result, Document.objects.count()) == ("finished", 3, None, 0)
    assert not Deadline.objects.filter(met_at=None, fired_at=None, cancelled_at=None, subject_type="kernel.job").exists()


def test_a_stopped_job_does_no_more(actor):
    job = asked(actor)
    run_step(job.pk, step=0), run_step(job.pk, step=1)
    cancel_job(job.no, actor=actor, request_key=key())
    deliver_due()

    assert (again(job).state, len(seen)) == ("cancelled", 1)
    with pytest.raises(IllegalMove):
        cancel_job(job.no, actor=actor, request_key=key())


def test_p11_jobs_are_the_enterprises_own(actor):
    job, stranger = work_job(asked(actor).pk), member_actor(verified_enterprise())
    for act in (
        lambda: job_for(stranger, job.no), lambda: take_job_file(job.no, which="result", actor=stranger),
        lambda: cancel_job(job.no, actor=stranger, request_key=key()), lambda: take_job_file(job.no, which="document", actor=actor),
        lambda: take_job_file(job.no, which="pk", actor=actor),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            act()
    assert [row.no for row in jobs_of(actor)[0]] == [job.no]
    assert jobs_of(stranger)[0] == jobs_of(Actor("person", 1))[0] == []
