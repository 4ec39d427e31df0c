"""Editions coming in: registering, idempotency, conflicts, publishing, withdrawing."""

import uuid
from dataclasses import replace
from datetime import date

import pytest

from core.database import Database
from core.errors import Conflict, Forbidden, NotFound, ProblemError, Unprocessable
from core.principal import Principal
from retrieval.documents.models import EditionState
from retrieval.documents.store import get_edition
from retrieval.editions.models import EditionMetadata, Registration, RegistrationOutcome
from retrieval.editions.store import publish_edition, register_edition, withdraw_edition
from retrieval.models import ParseProblem
from retrieval.reading.store import begin, fail, fill_edition
from tests.retrieval.shelf import NOON, Paper, draft

PAPER = Paper("fees", ("The fee is 5 dollars.",), library="fees")


@pytest.fixture
def tenant() -> str:
    return f"bank-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def pia(tenant: str) -> Principal:
    return Principal(tenant, "pia", roles=frozenset({"policy_owner", "hr"}))


@pytest.fixture
def paul(tenant: str) -> Principal:
    return Principal(tenant, "paul", roles=frozenset({"policy_owner"}))


async def register(
    database: Database, person: Principal, metadata: EditionMetadata = PAPER.metadata, content: bytes = b"five"
) -> Registration:
    async with database.transaction(person) as tx:
        return await register_edition(tx, metadata, filename="fees.txt", media_type="text/plain", content=content)


async def refusal(database: Database, person: Principal, metadata: EditionMetadata, content: bytes = b"five"):
    with pytest.raises(ProblemError) as raised:
        await register(database, person, metadata, content)
    return type(raised.value), raised.value.detail


async def test_the_same_file_again_changes_nothing(database: Database, pia: Principal):
    first = await register(database, pia)
    assert first.outcome is RegistrationOutcome.CREATED
    assert await register(database, pia) == Registration(
        first.edition_id, first.document_id, RegistrationOutcome.UNCHANGED, EditionState.PARSING
    )


async def test_another_file_for_the_same_place_is_a_conflict(database: Database, pia: Principal):
    await register(database, pia)
    assert await refusal(database, pia, PAPER.metadata, b"six") == (
        Conflict,
        "Another file is stored as version 1 of fees from 2026-01-01 on. Choose a new version or another first day.",
    )


async def test_editions_may_share_a_version_and_not_a_first_day(database: Database, pia: Principal):
    first = await register(database, pia)
    later = await register(database, pia, replace(PAPER.metadata, effective_from=date(2026, 6, 1)), b"six")
    assert (later.outcome, later.edition_id != first.edition_id) == (RegistrationOutcome.CREATED, True)


async def test_a_new_edition_keeps_library_and_audience(database: Database, pia: Principal):
    await register(database, pia)
    wider = replace(PAPER.metadata, version="2", audience=("hr",))
    assert await refusal(database, pia, wider) == (
        Conflict,
        "The document fees is in library fees for *. A new edition keeps its library and audience.",
    )


async def test_the_key_of_a_document_of_others_cannot_be_used(database: Database, pia: Principal, paul: Principal):
    await register(database, pia, replace(PAPER.metadata, audience=("hr",)))
    kind, detail = await refusal(database, paul, replace(PAPER.metadata, audience=("hr",)))
    assert (kind, detail) == (Conflict, "This document key cannot be used. Choose another key.")


async def test_a_failed_edition_may_be_read_in_again(database: Database, pia: Principal):
    first = await register(database, pia)
    problem = ParseProblem(3, "unreadable", "The page holds only an image.")
    async with database.transaction(pia) as tx:
        await fail(tx, (await begin(tx, first.edition_id, None)).attempt, [problem])
        assert (await get_edition(tx, first.edition_id)).problems == (problem,)
    assert await register(database, pia) == Registration(
        first.edition_id, first.document_id, RegistrationOutcome.AGAIN, EditionState.PARSING
    )
    async with database.transaction(pia) as tx:
        await fill_edition(tx, first.edition_id, PAPER.contents)
        edition = await get_edition(tx, first.edition_id)
    assert (edition.state, edition.problems, edition.chunk_count) == (EditionState.DRAFT, (), 1)


async def test_filling_twice_is_refused(database: Database, pia: Principal):
    edition = await draft(database, pia, PAPER)
    async with database.transaction(pia) as tx:
        with pytest.raises(Conflict):
            await fill_edition(tx, edition, PAPER.contents)


async def test_publishing_and_withdrawing_move_once(database: Database, pia: Principal):
    edition = await draft(database, pia, PAPER)
    async with database.transaction(pia) as tx:
        published = await publish_edition(tx, edition, NOON)
    assert (published.state, published.published_by, published.published_at) == (EditionState.PUBLISHED, "pia", NOON)
    async with database.transaction(pia) as tx:
        with pytest.raises(Conflict):
            await publish_edition(tx, edition, NOON)
    async with database.transaction(pia) as tx:
        assert (await withdraw_edition(tx, edition)).state is EditionState.WITHDRAWN
        with pytest.raises(Conflict):
            await withdraw_edition(tx, edition)


async def test_a_second_person_publishes_where_the_library_asks(database: Database, pia: Principal, paul: Principal):
    edition = await draft(database, pia, PAPER)
    async with database.transaction(pia) as tx:
        with pytest.raises(Forbidden):
            await publish_edition(tx, edition, NOON, second_person_libraries={"fees"})
    async with database.transaction(paul) as tx:
        published = await publish_edition(tx, edition, NOON, second_person_libraries={"fees"})
    assert (published.uploaded_by, published.published_by) == ("pia", "paul")


async def test_staff_change_nothing(database: Database, pia: Principal, tenant: str):
    anna = Principal(tenant, "anna", roles=frozenset({"staff"}))
    edition = await draft(database, pia, PAPER)
    with pytest.raises(Forbidden):
        await register(database, anna)
    async with database.transaction(anna) as tx:
        with pytest.raises(Forbidden):
            await publish_edition(tx, edition, NOON)
        with pytest.raises(Forbidden):
            await withdraw_edition(tx, edition)


async def test_another_policy_owner_cannot_publish_what_he_may_not_read(
    database: Database, pia: Principal, paul: Principal
):
    edition = await draft(database, pia, replace(PAPER, audience=("hr",)))
    async with database.transaction(paul) as tx:
        with pytest.raises(NotFound):
            await publish_edition(tx, edition, NOON)


@pytest.mark.parametrize(
    "change",
    [
        {"audience": ()},
        {"audience": (" ",)},
        {"document": " "},
        {"version": ""},
        {"effective_to": date(2026, 1, 1)},
    ],
)
async def test_metadata_that_makes_no_sense(database: Database, pia: Principal, change: dict[str, object]):
    kind, _ = await refusal(database, pia, replace(PAPER.metadata, **change))
    assert kind is Unprocessable
