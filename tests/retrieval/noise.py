"""Documents by the thousand, written straight into the tables: for tests that ask whether hidden ones can be felt.

Two tenants hold the same readable shelf under the same ids; into one of them anything may be put that its reader may
not read. Whatever the reader of the one is told, the reader of the other has to be told too, byte for byte.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from random import Random

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow

from core.canonical import sha256_hex
from tests.retrieval.shelf import embed

FIRST = date(2026, 1, 1)
STAMP = datetime(2026, 1, 1, 12, tzinfo=UTC)
WORDS = (
    *("card", "error", "notice", "bank", "days", "loss", "limit", "record", "consumer", "report", "1005.11(c)", "must"),
    *(
        "not",
        "account",
        "transfer",
        "receipt",
        "fee",
        "overdraft",
        "dispute",
        "claim",
        "business",
        "branch",
        "customer",
    ),
    *("customer", "proof", "address", "passport", "review", "risk", "politically", "exposed", "person", "approval"),
    *("signature", "interest", "rate", "loan", "mortgage", "escrow", "payment", "late", "stop", "order", "fraud"),
)
RARE = ("zanzibarine", "quokka", "sesquipedalian", "1005.11(c)(1)(ii)(A)")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One edition with its document. `vectors` None: as the texts say."""

    document: uuid.UUID
    key: str
    edition: uuid.UUID
    texts: tuple[str, ...]
    audience: tuple[str, ...] = ("*",)
    library: str = "cards"
    title: str = "Circular"
    version: str = "1"
    effective_from: date = FIRST
    effective_to: date | None = None
    state: str = "published"
    published_at: datetime = STAMP
    vectors: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    is_new_document: bool = True


class Hidden(StrEnum):
    """Why the reader may not read it; the last four stand in documents that she may read."""

    AUDIENCE = "another audience"
    ALMOST = "an audience that is spelt nearly like hers"
    DRAFT = "a draft"
    PARSING = "being read in"
    FAILED = "could not be read"
    WITHDRAWN = "withdrawn"
    LIBRARY = "another library and audience"
    DRAFT_OF_HERS = "a draft of a document that she may read"
    WITHDRAWN_OF_HERS = "a withdrawn edition of a document that she may read"
    FAILED_OF_HERS = "a failed edition of a document that she may read"
    PARSING_OF_HERS = "an edition of a document that she may read, being read in"


class NotNow(StrEnum):
    """Why a search does not look at what she may open: it does not count on the day."""

    FUTURE = "not yet in force"
    ENDED = "no longer in force"
    REPLACED = "replaced by a later edition"
    ELSEWHERE = "in a library that was not asked for"


class Shape(StrEnum):
    """What a hidden text is made of, each meant to disturb another part of the ranking."""

    WORDS = "the words that questions are made of"
    COPY = "a readable text once more"
    LONG = "many thousand words"
    SHORT = "one word"
    RARE = "words that nothing else has"
    NEAREST = "a vector that lies on the question"
    FAR = "a vector without measure"


def words(rng: Random, most: int) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(1, most)))


def readable_shelf(rng: Random, documents: int = 24) -> list[Sheet]:
    """What everyone, staff or the fraud desk may read, with an edition before and one after some of them."""
    sheets: list[Sheet] = []
    for number in range(documents):
        texts = tuple(words(rng, 30).capitalize() + "." for _ in range(rng.randint(1, 4)))
        sheet = Sheet(
            document=uuid.UUID(int=rng.getrandbits(128)),
            key=f"doc-{number:02}",
            edition=uuid.UUID(int=rng.getrandbits(128)),
            texts=texts,
            audience=rng.choice([("*",), ("staff",), ("fraud_desk", "hr")]),
            library=rng.choice(["cards", "kyc-aml"]),
            title=f"Circular on {rng.choice(WORDS)}",
        )
        sheets.append(sheet)
        if number % 4 == 0:
            sheets.append(_edition_of(rng, sheet, version="0", effective_from=date(2025, 1, 1)))
            sheets.append(_edition_of(rng, sheet, version="2", effective_from=date(2027, 1, 1)))
    return sheets


def hidden(rng: Random, kind: Hidden | NotNow, shape: Shape, shelf: Sequence[Sheet], number: int) -> list[Sheet]:
    """`number` editions that the reader may not read, or that no search of her day looks at."""
    return [_hidden(rng, kind, *_contents(rng, shape, shelf), shelf) for _ in range(number)]


def _hidden(
    rng: Random, kind: Hidden | NotNow, texts: tuple[str, ...], vectors: NDArray[np.float32], shelf: Sequence[Sheet]
) -> Sheet:
    hers = rng.choice([sheet for sheet in shelf if sheet.is_new_document])
    unlike = replace(
        hers,
        document=uuid.UUID(int=rng.getrandbits(128)),
        key=f"{rng.choice(['a', 'doc-05-', 'z'])}{rng.getrandbits(64):x}",
        edition=uuid.UUID(int=rng.getrandbits(128)),
        texts=texts,
        vectors=vectors,
        title=rng.choice([hers.title, " ".join(RARE)]),
    )
    own = _edition_of(rng, hers, version=f"v{rng.getrandbits(64):x}", texts=texts, vectors=vectors)
    match kind:
        case Hidden.AUDIENCE:
            return replace(unlike, audience=rng.choice([("hr2",), ("compliance", "supervisor")]))
        case Hidden.ALMOST:
            return replace(unlike, audience=rng.choice([("Staff",), ("staff ",), ("",), ("staff,hr",), ("**",)]))
        case Hidden.LIBRARY:
            return replace(unlike, library=f"lib{rng.randint(0, 9)}", audience=("hr2",))
        case Hidden.DRAFT | Hidden.PARSING | Hidden.FAILED | Hidden.WITHDRAWN:
            return replace(unlike, state=_STATES[kind])
        case NotNow.FUTURE:
            return replace(own, effective_from=date(2028, 1, 1))
        case NotNow.ENDED:
            return replace(unlike, effective_from=date(2025, 1, 1), effective_to=date(2026, 3, 3))
        case NotNow.ELSEWHERE:
            return replace(unlike, library="elsewhere")
        case NotNow.REPLACED:
            return replace(own, effective_from=date(2024, 1, 1))
        case _:
            return replace(own, state=_STATES[kind])


_STATES = {
    Hidden.DRAFT: "draft",
    Hidden.DRAFT_OF_HERS: "draft",
    Hidden.PARSING: "parsing",
    Hidden.PARSING_OF_HERS: "parsing",
    Hidden.FAILED: "failed",
    Hidden.FAILED_OF_HERS: "failed",
    Hidden.WITHDRAWN: "withdrawn",
    Hidden.WITHDRAWN_OF_HERS: "withdrawn",
}


def _edition_of(rng: Random, sheet: Sheet, **changes: object) -> Sheet:
    texts = {"texts": (words(rng, 30),)} | changes
    return replace(sheet, edition=uuid.UUID(int=rng.getrandbits(128)), is_new_document=False, **texts)


def _contents(rng: Random, shape: Shape, shelf: Sequence[Sheet]) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    copied = rng.choice(rng.choice(shelf).texts)
    texts = {
        Shape.WORDS: (words(rng, 40), words(rng, 5)),
        Shape.COPY: (copied, copied),
        Shape.LONG: (" ".join(WORDS) * 3 + " " + words(rng, 400),),
        Shape.SHORT: (rng.choice(WORDS),),
        Shape.RARE: (" ".join(rng.choices(RARE, k=9)),),
        Shape.NEAREST: (words(rng, 6),),
        Shape.FAR: (words(rng, 6),),
    }[shape]
    vectors = embed([copied if shape is Shape.COPY else words(rng, 6) for _ in texts])
    if shape is Shape.FAR:
        vectors = vectors * np.float32(rng.choice([1e15, -1e15, 0.0]))
    return texts, vectors


def put(conn: Connection[TupleRow], tenant: str, sheets: Iterable[Sheet]) -> int:
    """Write the sheets with their chunks and vectors; the number of chunks. By a superuser's connection."""
    sheets = list(sheets)
    chunks = [
        (uuid.uuid5(sheet.edition, str(ordinal)), sheet, ordinal, text)
        for sheet in sheets
        for ordinal, text in enumerate(sheet.texts)
    ]
    with conn.transaction(), conn.cursor() as cursor:
        with cursor.copy(
            "COPY app.documents (tenant, id, key, title, library, audience, created_by, created_at) FROM STDIN"
        ) as copy:
            for s in sheets:
                if s.is_new_document:
                    copy.write_row((tenant, s.document, s.key, s.title, s.library, list(s.audience), "owner", STAMP))
        with cursor.copy(
            """COPY app.editions (tenant, id, document_id, title, version, effective_from, effective_to, sha256,
            media_type, filename, state, chunk_count, uploaded_by, uploaded_at, published_by, published_at)
            FROM STDIN"""
        ) as copy:
            for s in sheets:
                copy.write_row(
                    (tenant, s.edition, s.document, s.title, s.version, s.effective_from, s.effective_to)
                    + (sha256_hex(s.edition.bytes), "text/plain", "a.txt", s.state, len(s.texts), "owner", STAMP)
                    + (("owner", s.published_at) if s.state == "published" else (None, None))
                )
        with cursor.copy("COPY app.chunks (tenant, id, edition_id, ordinal, section, text, sha256) FROM STDIN") as copy:
            for chunk, s, ordinal, text in chunks:
                digest = sha256_hex(text.encode())
                copy.write_row((tenant, chunk, s.edition, ordinal, ["1 General", s.title], text, digest))
        with cursor.copy(
            "COPY app.chunk_vectors (tenant, chunk_id, edition_id, embedding) FROM STDIN (FORMAT BINARY)"
        ) as copy:
            copy.set_types(["text", "uuid", "uuid", "bytea"])  # pgvector's own binary form travels as bytes
            for chunk, s, ordinal, text in chunks:
                vector = (embed([text]) if s.vectors is None else s.vectors[ordinal : ordinal + 1])[0]
                sent = np.array([vector.size, 0], dtype=">i2").tobytes() + vector.astype(">f4").tobytes()
                copy.write_row((tenant, chunk, s.edition, sent))
    return len(chunks)


def change(conn: Connection[TupleRow], tenant: str, editions: Sequence[uuid.UUID], rng: Random) -> None:
    """Other texts, vectors and titles for hidden editions."""
    conn.execute(
        "UPDATE app.chunks SET text = %s || ordinal, section = '{moved}' WHERE tenant = %s AND edition_id = ANY(%s)",
        (words(rng, 30), tenant, list(editions)),
    )
    conn.execute(
        "UPDATE app.chunk_vectors SET embedding = embedding * %s::vector WHERE tenant = %s AND edition_id = ANY(%s)",
        (str([float(rng.choice([-1.0, 2.0, 0.5]))] * 384), tenant, list(editions)),
    )
    conn.execute(
        "UPDATE app.editions SET title = 'Changed' WHERE tenant = %s AND id = ANY(%s)", (tenant, list(editions))
    )


def remove(conn: Connection[TupleRow], tenant: str, editions: Sequence[uuid.UUID]) -> None:
    """As if they had never been: past every trigger and foreign key."""
    with conn.transaction():
        conn.execute("SET LOCAL session_replication_role = replica")
        for table, column in (("chunk_vectors", "edition_id"), ("chunks", "edition_id"), ("editions", "id")):
            conn.execute(
                f"DELETE FROM app.{table} WHERE tenant = %s AND {column} = ANY(%s)",  # type: ignore[arg-type]
                (tenant, list(editions)),
            )
