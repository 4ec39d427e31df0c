"""Conversations: admitted one run at a time, readable by their person alone, sealed in every column."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from core.crypto import Keyring, SealBroken
from core.database import Database, connection
from core.errors import Gone, NotFound, ThreadBusy
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from runs import conversations, store
from runs.conversations import HISTORY_LIMIT, TITLE_LENGTH, Admitted
from runs.events import Answer, Failed, Refused
from runs.models import Exchange, Question, Run, RunStatus
from tests.runs.conversation import KEYRING, MORNING, TODAY, Talk
from tests.superuser import tables_showing

ANNA = Principal("harbour", "anna", roles=frozenset({"staff"}))
STRANGERS = [
    Principal("harbour", "omar", roles=frozenset({"staff"})),
    Principal("vale", "anna", roles=frozenset({"staff"})),
    Principal.system("vale"),
]


@pytest.fixture
def talk(database: Database) -> Talk:
    return Talk(database, ANNA)


async def load(talk: Talk, run_id: UUID, principal: Principal | None = None) -> Run:
    async with talk.database.transaction(principal or talk.principal) as tx:
        run, _ = await conversations.get_run(tx, KEYRING, run_id)
    return run


async def test_an_admitted_run_reads_as_it_was_asked(talk: Talk) -> None:
    question = Question(text="Wie lange? 🏦", as_of=TODAY, libraries=("kyc-aml", "fees"))
    async with talk.database.transaction(ANNA) as tx:
        ids = conversations.NewIds(uuid4(), uuid4(), uuid4())
        run = await conversations.admit(
            tx, KEYRING, question, thread_id=None, ids=ids, release=conversations.Release.CLAIM, now=MORNING
        )
    expected = Run(
        id=ids.run,
        thread_id=ids.thread,
        person="anna",
        status=RunStatus.QUEUED,
        question=question,
        attempts=0,
        created_at=MORNING,
        finished_at=None,
    )
    assert (run.run_id, run.thread_id) == (ids.run, ids.thread)
    assert await load(talk, ids.run) == expected
    assert await load(talk, ids.run, Principal.system("harbour")) == expected


async def test_a_thread_is_named_by_its_first_question_and_moves_up(talk: Talk) -> None:
    first = await talk.ask("x" * 200)
    second = await talk.ask("second thread")
    await talk.finish(first)
    await talk.ask("again", thread_id=first.thread_id)
    async with talk.database.transaction(ANNA) as tx:
        threads = await conversations.list_threads(tx, KEYRING, before=None, limit=2)
        rest = await conversations.list_threads(tx, KEYRING, before=(threads[0].updated_at, threads[0].id), limit=1)
    assert [(t.id, t.title) for t in threads] == [
        (first.thread_id, "x" * TITLE_LENGTH),
        (second.thread_id, "second thread"),
    ]
    assert rest == threads[1:]


async def test_a_thread_takes_one_run_at_a_time(talk: Talk) -> None:
    first = await talk.ask()
    with pytest.raises(ThreadBusy):
        await talk.ask("and now?", thread_id=first.thread_id)
    await talk.finish(first)
    second = await talk.ask("and now?", thread_id=first.thread_id)
    async with talk.database.transaction(ANNA) as tx:
        _, runs, _ = await conversations.get_thread(tx, KEYRING, first.thread_id)
    assert [(run.id, run.status) for run in runs] == [
        (first.run_id, RunStatus.ANSWERED),
        (second.run_id, RunStatus.QUEUED),
    ]


async def test_of_twenty_questions_at_once_exactly_one_is_admitted(talk: Talk) -> None:
    first = await talk.ask()
    await talk.finish(first)
    results = await asyncio.gather(
        *(talk.ask(f"question {n}", thread_id=first.thread_id) for n in range(20)), return_exceptions=True
    )
    admitted = [result for result in results if isinstance(result, Admitted)]
    assert len(admitted) == 1
    assert [type(result) for result in results if result is not admitted[0]] == [ThreadBusy] * 19
    async with talk.database.transaction(ANNA) as tx:
        _, runs, _ = await conversations.get_thread(tx, KEYRING, first.thread_id)
    assert [run.id for run in runs] == [first.run_id, admitted[0].run_id]


@pytest.mark.parametrize("stranger", STRANGERS, ids=str)
async def test_what_belongs_to_another_cannot_be_told_from_what_is_not_there(talk: Talk, stranger: Principal) -> None:
    run = await talk.ask()
    async with talk.database.transaction(stranger) as tx:
        for run_id in (run.run_id, uuid4()):
            with pytest.raises(NotFound, match=r"^There is no such run of yours\.$"):
                await conversations.get_run(tx, KEYRING, run_id)
        for thread_id in (run.thread_id, uuid4()):
            with pytest.raises(NotFound, match=r"^There is no such conversation of yours\.$"):
                await conversations.get_thread(tx, KEYRING, thread_id)
        assert await conversations.list_threads(tx, KEYRING, before=None, limit=50) == []
        assert await conversations.history(tx, run.key, run.thread_id, MORNING + timedelta(days=1)) == ()
        assert await conversations.outcomes(tx, run.key, run.thread_id) == {}
        assert not await store.request_cancel(tx, run.run_id, MORNING)
        assert not await store.hide_thread(tx, run.thread_id, MORNING)
        assert await store.start_run(tx, run.run_id, MORNING) is None
        assert not await store.finish_run(tx, run.run_id, 0, "failed", {}, MORNING)
    with pytest.raises(NotFound):
        await Talk(talk.database, stranger).ask(thread_id=run.thread_id)
    assert (await load(talk, run.run_id)).status is RunStatus.QUEUED


async def test_a_hidden_thread_leaves_the_list_but_stays_open(talk: Talk) -> None:
    run = await talk.ask("hide me")
    async with talk.database.transaction(ANNA) as tx:
        assert await store.hide_thread(tx, run.thread_id, MORNING)
        listed = await conversations.list_threads(tx, KEYRING, before=None, limit=50)
        thread, _, _ = await conversations.get_thread(tx, KEYRING, run.thread_id)
    assert run.thread_id not in [t.id for t in listed]
    assert thread.title == "hide me"


async def test_an_erased_conversation_is_gone_for_every_function(talk: Talk) -> None:
    run = await talk.ask("erase me")
    await talk.finish(run, reply="erased too")
    await erase(talk, run)
    async with talk.database.transaction(ANNA) as tx:
        with pytest.raises(Gone):
            await conversations.get_run(tx, KEYRING, run.run_id)
        with pytest.raises(Gone):
            await conversations.get_thread(tx, KEYRING, run.thread_id)
        listed = await conversations.list_threads(tx, KEYRING, before=None, limit=50)
    assert run.thread_id not in [t.id for t in listed]
    with pytest.raises(Gone):
        await talk.ask(thread_id=run.thread_id)


async def erase(talk: Talk, run: Admitted) -> None:
    async with talk.database.transaction(Principal.system("harbour")) as tx:
        await connection(tx).execute(
            "UPDATE app.thread_keys SET wrapped = NULL, destroyed_at = now() WHERE thread_id = %s", (run.thread_id,)
        )


async def test_another_master_key_opens_nothing(talk: Talk) -> None:
    run = await talk.ask()
    async with talk.database.transaction(ANNA) as tx:
        with pytest.raises(SealBroken):
            await conversations.get_run(tx, Keyring(bytes(32)), run.run_id)


# ---------------------------------------------------------------- history


async def test_history_is_the_last_turns_before_a_moment_oldest_first(talk: Talk) -> None:
    run = await talk.ask("q0")
    thread_id = run.thread_id
    await talk.finish(run, reply="a0")
    for n in range(1, HISTORY_LIMIT + 3):
        run = await talk.ask(f"q{n}", thread_id=thread_id)
        if n == 4:
            await talk.finish(run, status=RunStatus.ABSTAINED)
        else:
            await talk.finish(run, reply=f"a{n}")
    latest = await talk.ask("the follow-up", thread_id=thread_id)
    async with talk.database.transaction(Principal.system("harbour")) as tx:
        before = (await conversations.get_run(tx, KEYRING, latest.run_id))[0].created_at
        history = await conversations.history(tx, latest.key, thread_id, before)
        later = await conversations.history(tx, latest.key, thread_id, before + timedelta(seconds=1))
    assert history == tuple(Exchange(f"q{n}", "" if n == 4 else f"a{n}") for n in range(3, HISTORY_LIMIT + 3))
    assert later[-1] == Exchange("the follow-up", "")


async def test_outcomes_are_what_ended_each_run(talk: Talk) -> None:
    first = await talk.ask("one")
    await talk.append(first, "end", _answer("because"))
    await talk.finish(first)
    second = await talk.ask("two", thread_id=first.thread_id)
    await talk.append(second, "end", Refused(code="injection", reason="No.", next_step="Ask."))
    await talk.finish(second, status=RunStatus.REFUSED)
    third = await talk.ask("three", thread_id=first.thread_id)
    await talk.append(third, "end", Failed(problem={"code": "internal_error"}))
    await talk.finish(third, status=RunStatus.FAILED)
    fourth = await talk.ask("four", thread_id=first.thread_id)
    async with talk.database.transaction(ANNA) as tx:
        _, runs, key = await conversations.get_thread(tx, KEYRING, first.thread_id)
        outcomes = await conversations.outcomes(tx, key, first.thread_id)
    assert [run.id for run in runs] == [first.run_id, second.run_id, third.run_id, fourth.run_id]
    assert {run_id: (event.seq, event.kind) for run_id, event in outcomes.items()} == {
        first.run_id: (2, "answer"),
        second.run_id: (2, "refused"),
        third.run_id: (2, "error"),
    }
    assert outcomes[first.run_id].data["text"] == "because"


def _answer(text: str) -> Answer:
    return Answer(
        text=text,
        claims=[],
        sources=[],
        evidence=0.5,
        model="extractive-1",
        prompt_version="1",
        as_of=TODAY,
        usage={},
    )


async def test_a_reply_is_kept_once(talk: Talk) -> None:
    run = await talk.ask("q")
    await talk.finish(run, reply="first")
    async with talk.database.transaction(Principal.system("harbour")) as tx:
        loaded, key = await conversations.get_run(tx, KEYRING, run.run_id)
        await conversations.keep_reply(tx, key, loaded, uuid4(), "second", talk.now())
        history = await conversations.history(tx, key, run.thread_id, talk.now())
    assert history == (Exchange("q", "first"),)


# ---------------------------------------------------------------- sealing

MARKER = "zanzibar-4711-marker"


async def test_no_column_of_any_table_holds_a_text_in_plain(talk: Talk, database_urls: DatabaseUrls) -> None:
    run = await talk.ask(f"Is {MARKER} a secret?")
    await talk.append(run, "refuse", Refused(code="x", reason=MARKER, next_step=MARKER))
    await talk.append(run, "answer", _answer(MARKER))
    await talk.finish(run, reply=f"Yes, {MARKER}.")
    async with talk.database.transaction(ANNA) as tx:
        await conversations.keep_feedback(tx, run.key, run.run_id, "down", f"not {MARKER}", talk.now())
    assert tables_showing(database_urls, MARKER) == []
    assert (await load(talk, run.run_id)).question.text == f"Is {MARKER} a secret?"


async def test_the_scan_would_find_a_plain_text(talk: Talk, database_urls: DatabaseUrls) -> None:
    async with talk.database.transaction(Principal("harbour", MARKER)) as tx:
        await connection(tx).execute(
            """INSERT INTO app.idempotency_keys (person_id, key, request_digest, sealed, created_at)
               VALUES (%s, 'k', 'd', %s, now())""",
            (MARKER, MARKER.encode()),
        )
    found = tables_showing(database_urls, MARKER)
    assert found == ["app.idempotency_keys", "app.idempotency_keys (binary)"]
