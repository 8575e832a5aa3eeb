"""Jobs: done, failed, cancelled, forgotten. Events with timeouts instead of sleeping."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from dashboard.service.common.turns import LONG, PERSON
from dashboard.service.common.worker import Job, Progress, State, Worker
from sparsemix import InputError, RunCancelled

TIMEOUT = 10


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(history=3)
    yield made
    made.close()


def finished(worker: Worker, job: Job) -> Job:
    found = worker.wait(job.id, TIMEOUT)
    assert found is not None
    return found


def test_result(worker: Worker) -> None:
    job = finished(worker, worker.submit(lambda progress: 42))
    assert (job.state, job.result, job.share) == (State.DONE, 42, 1.0)
    assert job.finished


def test_failure_keeps_the_error_and_the_thread_lives_on(worker: Worker) -> None:
    def fail(progress: Progress) -> None:
        raise InputError("no", code="empty")

    job = finished(worker, worker.submit(fail))
    assert job.state is State.FAILED
    assert isinstance(job.error, InputError)
    assert finished(worker, worker.submit(lambda progress: 1)).state is State.DONE


def test_unexpected_failure_is_logged_under_the_job_id(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    job = finished(worker, worker.submit(lambda progress: 1 / 0))
    assert isinstance(job.error, ZeroDivisionError)
    assert job.id in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_progress_and_time_left() -> None:
    now = iter([0.0, 10.0])
    worker, reached, go = Worker(clock=lambda: next(now)), threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        progress(0.25, "layer 1")
        reached.set()
        assert go.wait(TIMEOUT)

    job = worker.submit(work)
    assert reached.wait(TIMEOUT)
    current = worker.get(job.id)
    assert current is not None
    assert (current.state, current.share, current.stage, current.eta) == (State.RUNNING, 0.25, "layer 1", 30.0)
    go.set()
    worker.close()


def test_cancel_reaches_the_work_at_its_next_report(worker: Worker) -> None:
    started, go, seen = threading.Event(), threading.Event(), []

    def work(progress: Progress) -> None:
        started.set()
        assert go.wait(TIMEOUT)
        try:
            progress(0.5, "layer 1")
        except RunCancelled:
            seen.append("told")
            raise

    job = worker.submit(work)
    assert started.wait(TIMEOUT)
    worker.cancel(job.id)
    current = worker.get(job.id)
    assert current is not None
    assert current.cancelling
    assert not current.finished
    go.set()
    assert finished(worker, job).state is State.CANCELLED
    assert seen == ["told"]


def test_a_queued_job_that_is_cancelled_never_runs(worker: Worker) -> None:
    go, ran = threading.Event(), []
    first = worker.submit(lambda progress: go.wait(TIMEOUT))
    second = worker.submit(lambda progress: ran.append(1))
    worker.cancel(second.id)
    current = worker.get(second.id)
    assert current is not None
    assert current.state is State.CANCELLED
    go.set()
    finished(worker, first)
    finished(worker, second)
    assert ran == []


def test_cancel_after_the_end_changes_nothing(worker: Worker) -> None:
    job = finished(worker, worker.submit(lambda progress: "kept"))
    worker.cancel(job.id)
    assert worker.get(job.id) == job
    worker.cancel("unknown")


def test_history_is_bounded_and_never_drops_running_jobs(worker: Worker) -> None:
    go = threading.Event()
    old = [finished(worker, worker.submit(lambda progress: 1)) for _ in range(5)]
    running = worker.submit(lambda progress: go.wait(TIMEOUT))
    queued = [worker.submit(lambda progress: 1) for _ in range(5)]
    assert worker.get(old[0].id) is None
    assert [job.id for job in worker.active()] == [running.id, *(job.id for job in queued)]
    go.set()
    assert finished(worker, queued[-1]).state is State.DONE


def test_many_threads_may_submit_and_watch() -> None:
    worker, results = Worker(threads=4), []

    def visitor(number: int) -> None:
        job = worker.submit(lambda progress: progress(0.5, "x") or number)
        results.append(finished(worker, job).result)

    threads = [threading.Thread(target=visitor, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    worker.close()
    assert sorted(results) == list(range(16))


def test_a_short_job_ends_while_a_long_one_of_another_is_under_way() -> None:
    worker, go = Worker(2), threading.Event()
    long = [worker.submit(lambda progress: go.wait(TIMEOUT), who="a", size=LONG) for _ in range(2)]
    assert finished(worker, worker.submit(lambda progress: PERSON.get(), who="b")).result == "b"
    assert worker.ahead(long[1].id) == 1
    worker.cancel(long[1].id)
    go.set()
    assert finished(worker, long[0]).state is State.DONE
    assert finished(worker, long[1]).state is State.CANCELLED
    worker.close()


def test_a_forgotten_job_is_gone_and_stops(worker: Worker) -> None:
    started, go, ran = threading.Event(), threading.Event(), []

    def work(progress: Progress) -> None:
        started.set()
        assert go.wait(TIMEOUT)
        progress(0.5, "layer 1")
        ran.append("on")

    done = finished(worker, worker.submit(lambda progress: "large"))
    running, queued = worker.submit(work), worker.submit(lambda progress: ran.append("queued"))
    assert started.wait(TIMEOUT)
    for job in (done, running, queued):
        worker.forget(job.id)
        worker.forget(job.id)
        assert worker.get(job.id) is None
    go.set()
    assert finished(worker, worker.submit(lambda progress: 1)).state is State.DONE
    assert ran == []
