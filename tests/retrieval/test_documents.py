"""Reading documents: who may open what, through every door to an edition."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date

import pytest

from core.database import Database, Transaction
from core.errors import NotFound
from core.principal import Principal
from retrieval.documents.models import EditionState
from retrieval.documents.store import (
    edition_text,
    get_chunk,
    get_edition,
    get_file,
    get_page,
    list_documents,
)
from retrieval.editions.store import publish_edition, register_edition, withdraw_edition
from retrieval.models import Box, ParsedPage, ParseProblem
from retrieval.reading.store import begin, fail, fill_edition
from tests.retrieval.shelf import NOON, Paper

PAGE = ParsedPage(1, 612.0, 792.0, "Leave is 25 days.")
BOX = Box(page=1, x0=72.0, y0=72.0, x1=200.0, y1=84.0, start=0, end=17)


@dataclass(frozen=True, slots=True)
class Stored:
    edition: uuid.UUID
    chunk: uuid.UUID


@dataclass(frozen=True, slots=True)
class People:
    """pia uploads; paul is a policy owner for others; nina is in HR; anna is staff; boris is of another bank."""

    pia: Principal
    paul: Principal
    nina: Principal
    anna: Principal
    boris: Principal
    system: Principal

    @classmethod
    def of(cls, tenant: str) -> "People":
        def person(name: str, *roles: str, at: str = tenant) -> Principal:
            return Principal(at, name, roles=frozenset(roles))

        return cls(
            pia=person("pia", "policy_owner", "hr"),
            paul=person("paul", "policy_owner", "fraud_desk"),
            nina=person("nina", "hr"),
            anna=person("anna", "staff"),
            boris=person("boris", "staff", "hr", "policy_owner", at=f"{tenant}-other"),
            system=Principal.system(tenant),
        )


@pytest.fixture
def people() -> People:
    return People.of(f"bank-{uuid.uuid4().hex[:8]}")


PAPER = Paper("leave", ("Leave is 25 days.",), audience=("hr",), library="hr", title="Leave")


async def store(database: Database, people: People, state: EditionState, paper: Paper = PAPER) -> Stored:
    chunk = replace(paper.contents.chunks[0], page=1, page_end=1, boxes=(BOX,))
    contents = replace(paper.contents, media_type="application/pdf", pages=(PAGE,), chunks=[chunk])
    async with database.transaction(people.pia) as tx:
        registered = await register_edition(
            tx, paper.metadata, filename="leave.pdf", media_type="application/pdf", content=b"%PDF leave"
        )
        edition = registered.edition_id
        if state is EditionState.FAILED:
            begun = await begin(tx, edition, None)
            await fail(tx, begun.attempt, [ParseProblem(None, "unreadable", "It is encrypted.")])
        elif state is not EditionState.PARSING:
            await fill_edition(tx, edition, contents)
        if state in {EditionState.PUBLISHED, EditionState.WITHDRAWN}:
            await publish_edition(tx, edition, NOON)
        chunks = (await edition_text(tx, edition))[1]
        if state is EditionState.WITHDRAWN:
            await withdraw_edition(tx, edition)
    return Stored(edition, chunks[0].chunk_id if chunks else uuid.uuid4())


Door = Callable[[Transaction, Stored], Awaitable[object]]
DOORS: dict[str, Door] = {
    "edition": lambda tx, stored: get_edition(tx, stored.edition),
    "chunk": lambda tx, stored: get_chunk(tx, stored.chunk),
    "text": lambda tx, stored: edition_text(tx, stored.edition),
    "page": lambda tx, stored: get_page(tx, stored.edition, 1),
    "file": lambda tx, stored: get_file(tx, stored.edition),
}


async def opens(database: Database, person: Principal, stored: Stored) -> set[str]:
    """The doors that this person can go through, the list of documents included."""
    opened: set[str] = set()
    for name, door in DOORS.items():
        async with database.transaction(person) as tx:
            try:
                await door(tx, stored)
            except NotFound:
                continue
            opened.add(name)
    async with database.transaction(person) as tx:
        listed = await list_documents(tx)
    if any(edition.edition_id == stored.edition for document in listed for edition in document.editions):
        opened.add("list")
    return opened


ALL = {*DOORS, "list"}
NO_CONTENTS = {"edition", "text", "file", "list"}


@pytest.mark.parametrize(
    ("state", "for_owner", "for_audience"),
    [
        (EditionState.PARSING, NO_CONTENTS, set[str]()),
        (EditionState.FAILED, NO_CONTENTS, set[str]()),
        (EditionState.DRAFT, ALL, set[str]()),
        (EditionState.PUBLISHED, ALL, ALL),
        (EditionState.WITHDRAWN, ALL, set[str]()),
    ],
)
async def test_who_may_open_an_edition_in_each_state(
    database: Database, people: People, state: EditionState, for_owner: set[str], for_audience: set[str]
):
    stored = await store(database, people, state)
    seen = {
        person.person: await opens(database, person, stored)
        for person in (people.pia, people.nina, people.anna, people.paul, people.boris, people.system)
    }
    assert seen == {
        "pia": for_owner,
        "nina": for_audience,
        "anna": set(),
        "paul": set(),
        "boris": set(),
        "system": for_owner,
    }


async def test_an_uploader_outside_the_audience_opens_what_she_uploaded(database: Database, people: People):
    stored = await store(database, people, EditionState.DRAFT, replace(PAPER, audience=("legal",)))
    assert await opens(database, people.pia, stored) == ALL
    assert await opens(database, people.paul, stored) == set()


async def test_a_replaced_edition_still_opens_for_its_audience(database: Database, people: People):
    old = await store(database, people, EditionState.PUBLISHED)
    await store(database, people, EditionState.PUBLISHED, replace(PAPER, version="2", effective_from=date(2026, 2, 1)))
    assert await opens(database, people.nina, old) == ALL


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
async def test_what_is_not_hers_and_what_does_not_exist_answer_alike(database: Database, people: People, door: Door):
    stored = await store(database, people, EditionState.PUBLISHED)
    answers: list[dict[str, object]] = []
    for target in (stored, Stored(uuid.uuid4(), uuid.uuid4())):
        async with database.transaction(people.anna) as tx:
            with pytest.raises(NotFound) as raised:
                await door(tx, target)
        answers.append(raised.value.as_problem())
    assert answers[0] == answers[1]


async def test_a_chunk_in_full(database: Database, people: People):
    stored = await store(database, people, EditionState.PUBLISHED)
    async with database.transaction(people.nina) as tx:
        chunk = await get_chunk(tx, stored.chunk)
        edition = await get_edition(tx, stored.edition)
        file = await get_file(tx, stored.edition)
        page = await get_page(tx, stored.edition, 1)
    assert (chunk.text, chunk.section, chunk.page, chunk.page_end, chunk.boxes, chunk.ordinal, chunk.edition) == (
        "Leave is 25 days.", ("1 General",), 1, 1, (BOX,), 0, edition,
    )  # fmt: skip
    assert (edition.state, edition.page_count, edition.chunk_count, edition.audience, edition.problems) == (
        EditionState.PUBLISHED, 1, 1, ("hr",), (),
    )  # fmt: skip
    assert (edition.uploaded_by, edition.published_by, edition.published_at) == ("pia", "pia", NOON)
    assert (file.filename, file.media_type, file.content) == ("leave.pdf", "application/pdf", b"%PDF leave")
    assert (page.number, page.width, page.height, page.text) == (1, 612.0, 792.0, "Leave is 25 days.")


async def test_no_such_page(database: Database, people: People):
    stored = await store(database, people, EditionState.PUBLISHED)
    async with database.transaction(people.nina) as tx:
        with pytest.raises(NotFound):
            await get_page(tx, stored.edition, 2)


async def test_documents_are_listed_in_pages_with_their_editions(database: Database, people: People):
    for key in ("c", "a", "b"):
        await store(database, people, EditionState.PUBLISHED, replace(PAPER, document=key))
    newer = replace(PAPER, document="a", version="2", effective_from=date(2026, 2, 1), title="Leave, new")
    await store(database, people, EditionState.PUBLISHED, newer)
    async with database.transaction(people.nina) as tx:
        first = await list_documents(tx, limit=2)
        rest = await list_documents(tx, after=first[-1].document, limit=2)
    assert [(d.document, [e.version for e in d.editions]) for d in first + rest] == [
        ("a", ["2", "1"]),
        ("b", ["1"]),
        ("c", ["1"]),
    ]
