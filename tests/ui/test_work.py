"""Background work: lanes, cancelling, errors, progress."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from tui_crm.errors import CrmError, NotFound
from tui_crm.ui.work import Cancel, Latest, Progress, Work


@pytest.fixture
async def work() -> AsyncIterator[Work]:
    lanes = Work()
    yield lanes
    lanes.close()


async def test_a_long_job_does_not_delay_a_query(work: Work) -> None:
    gate = threading.Event()
    long = asyncio.ensure_future(work.long(gate.wait))
    assert await work.query(lambda: 7) == 7
    gate.set()
    assert await long


async def test_typed_errors_come_back_as_they_are(work: Work) -> None:
    def missing() -> None:
        raise NotFound("no such customer")

    with pytest.raises(NotFound, match="no such customer"):
        await work.query(missing)


async def test_an_unexpected_error_is_logged_and_becomes_one_that_is_shown(
    work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ValueError("disk on fire")

    with pytest.raises(CrmError, match="disk on fire"):
        await work.query(broken)
    assert "Traceback" in caplog.text


async def test_progress_arrives_on_the_loop_with_its_last_figures(work: Work) -> None:
    seen: list[tuple[int, int]] = []
    threads: set[int] = set()

    def batch(total: int, progress: Progress) -> str:
        for done in range(1, total + 1):
            progress(done, total)
        return "done"

    def show(done: int, total: int) -> None:
        seen.append((done, total))
        threads.add(threading.get_ident())

    assert await work.long(batch, 1000, progress=show) == "done"
    await asyncio.sleep(0)
    assert seen[-1] == (1000, 1000)
    assert threads == {threading.get_ident()}


async def test_only_the_newest_answer_is_delivered_and_the_older_is_stopped(work: Work) -> None:
    started, interrupted = threading.Event(), threading.Event()
    got: list[str] = []
    finished = asyncio.Event()

    def slow(text: str, cancel: Cancel) -> str:
        cancel.on_cancel(interrupted.set)
        started.set()
        assert interrupted.wait(10)
        cancel.check()
        return text

    def quick(text: str, cancel: Cancel) -> str:
        return text

    def deliver(text: str) -> None:
        got.append(text)
        finished.set()

    latest = Latest(work, on_error=lambda error: got.append(str(error)))
    latest.ask("search", slow, "a", deliver=deliver)
    await asyncio.to_thread(started.wait, 10)
    latest.ask("search", quick, "ab", deliver=deliver)
    latest.ask("search", quick, "abc", deliver=deliver)
    await asyncio.wait_for(finished.wait(), 10)
    await work.query(lambda: None)
    assert got == ["abc"]


async def test_an_error_of_an_older_question_is_dropped_and_of_the_newest_is_told(
    work: Work,
) -> None:
    errors: list[CrmError] = []
    told = asyncio.Event()

    def fail(cancel: Cancel) -> None:
        raise NotFound("gone")

    def on_error(error: CrmError) -> None:
        errors.append(error)
        told.set()

    latest = Latest(work, on_error)
    latest.ask("card", fail, deliver=lambda answer: None)
    latest.drop_all()
    latest.ask("card", fail, deliver=lambda answer: None)
    await asyncio.wait_for(told.wait(), 10)
    assert [str(error) for error in errors] == ["gone"]


def test_a_hook_that_was_taken_back_is_not_called() -> None:
    called: list[int] = []
    cancel = Cancel()
    cancel.on_cancel(lambda: called.append(1))
    cancel.on_cancel(None)
    cancel.cancel()
    assert called == []
    cancel.on_cancel(lambda: called.append(2))
    assert called == [2]
