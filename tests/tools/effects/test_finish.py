"""What came of a signed write is kept once; what was not begun did not happen; and nobody guesses."""

import asyncio
from dataclasses import replace

import pytest

from deploy.migrate import DatabaseUrls
from tests.superuser import tables_showing
from tests.tools.catalogue_sample import CATALOGUE
from tests.tools.effects.bench import DONE, REFUSED, SAM, SYSTEM, Bench
from tools.calls.calls import CallResult
from tools.connector.ports import Outcome
from tools.effects import execution
from tools.effects.execution import GIVEN_UP
from tools.effects.models import BegunState, EffectState, VoidReason


async def test_what_was_done_is_kept_with_its_receipt(bench: Bench) -> None:
    request = await bench.signed()
    await bench.begin(request)
    started = bench.clock.at
    bench.clock.at = started.replace(minute=30)
    assert await bench.finish(request, DONE, "The note was added to case C-1042.")
    (row,) = await bench.effects(request)
    assert (row["started_at"], row["finished_at"]) == (started, bench.clock.at)
    assert await bench.state(request) == ("executed", "done")
    kept = await bench.call(request)
    assert kept.result == CallResult(True, DONE.result, "The note was added to case C-1042.")


async def test_what_was_refused_is_kept_with_the_reason(bench: Bench) -> None:
    request = await bench.signed()
    await bench.begin(request)
    assert await bench.finish(request, REFUSED)
    assert await bench.state(request) == ("failed", "refused")
    assert (await bench.call(request)).result == CallResult(False, None, "The case is closed.")


async def test_the_first_outcome_stands(bench: Bench) -> None:
    request = await bench.signed()
    await bench.begin(request)
    assert await bench.finish(request, DONE, "Done.")
    assert not await bench.finish(request, REFUSED)
    assert not await bench.finish(request, DONE, "Done twice.")
    assert not await bench.give_up(request)
    assert await bench.state(request) == ("executed", "done")
    assert (await bench.call(request)).result == CallResult(True, DONE.result, "Done.")
    assert (await bench.begin(request)).outcome == DONE


async def test_of_outcomes_that_come_at_once_one_stands(bench: Bench) -> None:
    request = await bench.signed()
    await bench.begin(request)
    outcomes = [Outcome(ok=n % 2 == 0, result=n, detail=str(n)) for n in range(8)]
    kept = await asyncio.gather(*(bench.finish(request, outcome) for outcome in outcomes), bench.give_up(request))
    assert kept.count(True) == 1
    begun = await bench.begin(request)
    call = await bench.call(request)
    assert call.result is not None
    assert begun.outcome == (outcomes[kept.index(True)] if True in kept[:8] else None)
    assert await bench.state(request) == (("executed", "done") if call.result.ok else await bench.state(request))


@pytest.mark.parametrize("state", ["pending", "approved"])
async def test_what_was_never_begun_has_no_outcome(bench: Bench, state: str) -> None:
    request = await bench.ask()
    if state == "approved":
        await bench.sign(request, "sam")
    for end in (bench.finish(request), bench.finish(request, REFUSED), bench.give_up(request)):
        with pytest.raises(ValueError, match="never begun"):
            await end
    assert await bench.state(request) == (state, None)
    assert (await bench.call(request)).result is None


async def test_what_nobody_can_tell_is_said_to_be_so(bench: Bench) -> None:
    request = await bench.signed()
    await bench.begin(request)
    assert await bench.give_up(request)
    assert await bench.state(request) == ("failed", "unknown")
    assert (await bench.call(request)).result == CallResult(False, None, GIVEN_UP)
    begun = await bench.begin(request)
    assert (begun.state, begun.outcome) == (BegunState.FINISHED, None)
    assert not await bench.finish(request, DONE)


# ---------------------------------------------------------------- void


@pytest.mark.parametrize("signed", [False, True])
async def test_what_was_not_begun_becomes_void(bench: Bench, signed: bool) -> None:
    request = await bench.ask()
    if signed:
        await bench.sign(request, "sam")
        await bench.switch.stop(SAM, "all", "why")
    begun = await bench.begin(request)
    assert begun.state is BegunState.VOID
    assert await bench.void(begun.approval, request.key)
    assert await bench.state(request) == ("voided", None)
    assert (await bench.call(request)).result == CallResult(False, None, "Nothing was done.")
    assert not await bench.void(begun.approval, request.key)
    assert (await bench.begin(request)).reason is VoidReason.NOT_APPROVED


async def test_what_was_begun_is_not_called_void_blindly(bench: Bench) -> None:
    """The attack: a worker was killed after the bank's system had done it; then everything is stopped."""
    request = await bench.signed()
    begun = await bench.begin(request)
    await bench.switch.stop(SAM, "all", "why")
    again = await bench.begin(request)
    assert (again.state, again.reason, again.key) == (BegunState.AGAIN, VoidReason.STOPPED, begun.key)
    assert not await bench.void(again.approval, request.key)
    assert await bench.state(request) == ("approved", "started")
    assert await bench.finish(request, DONE)  # what the bank's system says it did under the key
    assert await bench.state(request) == ("executed", "done")


async def test_what_the_banks_system_knows_nothing_of_is_void(bench: Bench) -> None:
    request = await bench.signed()
    await bench.begin(request)
    await bench.switch.stop(SAM, "all", "why")
    again = await bench.begin(request)
    assert await bench.void(again.approval, request.key, asked=True)
    assert await bench.state(request) == ("voided", "refused")
    begun = await bench.begin(request)
    assert (begun.state, begun.outcome) == (BegunState.FINISHED, Outcome(False, None, "Nothing was done."))
    assert not await bench.finish(request, DONE)


@pytest.mark.parametrize("outcome", [DONE, REFUSED])
async def test_what_has_an_outcome_is_never_void(bench: Bench, outcome: Outcome) -> None:
    request = await bench.signed()
    begun = await bench.begin(request)
    await bench.finish(request, outcome)
    ended = await bench.state(request)
    for approval in (begun.approval, request.approval, (await bench.begin(request)).approval):
        for asked in (False, True):
            assert not await bench.void(approval, request.key, asked=asked)
    assert await bench.state(request) == ended


@pytest.mark.parametrize(
    ("steps", "said", "state"),
    [
        ("", EffectState.REFUSED, ("voided", None)),
        ("sign", EffectState.REFUSED, ("voided", None)),
        ("sign begin", EffectState.UNKNOWN, ("failed", "unknown")),
        ("sign begin finish", None, ("executed", "done")),
    ],
)
async def test_a_run_that_ends_leaves_nothing_open_and_guesses_nothing(
    bench: Bench, steps: str, said: EffectState | None, state: tuple[str, str | None]
) -> None:
    request = await bench.ask()
    if "sign" in steps:
        await bench.sign(request, "sam")
    if "begin" in steps:
        await bench.begin(request)
    if "finish" in steps:
        await bench.finish(request)
    assert await bench.abandon(request) is said
    assert await bench.state(request) == state
    assert await bench.abandon(request) is None
    assert await bench.state(request) == state


async def test_in_the_transaction_that_began_it_it_may_still_be_void(bench: Bench) -> None:
    """Nothing is sent before the commit; the caller has reasons of its own, such as a maker who cancels."""
    request = await bench.signed()
    async with bench.database.transaction(SYSTEM) as tx:
        begun = await execution.begin(tx, request.key, CATALOGUE, request.id, now=bench.clock.at)
        assert begun.state is BegunState.NEW
        assert not await execution.void(tx, request.key, begun.approval, "Cancelled.", bench.clock.at)
        assert await execution.void(tx, request.key, begun.approval, "Cancelled.", bench.clock.at, asked=True)
    assert await bench.state(request) == ("voided", "refused")


async def test_a_worker_that_saw_it_void_does_not_end_what_another_began_since(bench: Bench) -> None:
    """Stopped, seen to be void, restarted, begun by another worker: the first worker's word comes too late."""
    request = await bench.signed()
    stop = await bench.switch.stop(SAM, "all", "why")
    seen = await bench.begin(request)
    for who in (SAM, replace(SAM, person="sofia")):
        await bench.switch.restart(who, stop.id)
    assert (await bench.begin(request)).state is BegunState.NEW
    assert not await bench.void(seen.approval, request.key)
    assert await bench.state(request) == ("approved", "started")


async def test_nothing_of_an_outcome_is_readable_in_the_database(bench: Bench, database_urls: DatabaseUrls) -> None:
    request = await bench.signed()
    await bench.begin(request)
    await bench.finish(request, Outcome(True, {"note": "Quagga-77"}, "Quagga-77"), "Quagga-77")
    assert tables_showing(database_urls, "Quagga-77") == []
