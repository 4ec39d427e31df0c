"""SQL of editions coming in. Every function is one change inside the caller's transaction, beside its audit record."""

from collections.abc import Container
from datetime import datetime
from typing import LiteralString
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from core.canonical import sha256_hex
from core.database import Transaction, connection
from core.errors import Conflict, Forbidden, Unprocessable
from core.principal import Permission
from retrieval.access import IN_AUDIENCE, reader
from retrieval.documents.models import Edition, EditionState
from retrieval.documents.store import get_edition
from retrieval.editions.models import EditionMetadata, Registration, RegistrationOutcome
from retrieval.publishing.models import Publication


async def register_edition(
    tx: Transaction, metadata: EditionMetadata, *, filename: str, media_type: str, content: bytes
) -> Registration:
    """Note a file as an edition in state `parsing`, creating its document where it is new.

    The same file again for the same (document, version, effective_from) changes nothing. Raises `Conflict` when
    another file holds that place, or when the document has another library or audience or belongs to others.
    """
    _require(tx, Permission.DOCUMENT_WRITE)
    _check(metadata)
    document_id = await _document(tx, metadata)
    sha256 = sha256_hex(content)
    edition_id = uuid4()
    values = {
        "id": edition_id,
        "document": document_id,
        "title": metadata.title,
        "version": metadata.version,
        "from": metadata.effective_from,
        "to": metadata.effective_to,
        "sha256": sha256,
        "media_type": media_type,
        "filename": filename,
        "person": tx.principal.person,
    }
    conn = connection(tx)
    inserted = await conn.execute(
        """INSERT INTO app.editions (id, document_id, title, version, effective_from, effective_to, sha256, media_type,
            filename, state, uploaded_by)
        VALUES (%(id)s, %(document)s, %(title)s, %(version)s, %(from)s, %(to)s, %(sha256)s, %(media_type)s,
            %(filename)s, 'parsing', %(person)s)
        ON CONFLICT (tenant, document_id, version, effective_from) DO NOTHING RETURNING id""",
        values,
    )
    if await inserted.fetchone() is None:
        return await _existing(tx, document_id, metadata, sha256)
    await conn.execute("INSERT INTO app.edition_files (edition_id, content) VALUES (%s, %b)", (edition_id, content))
    return Registration(edition_id, document_id, RegistrationOutcome.CREATED, EditionState.PARSING)


async def publish_edition(
    tx: Transaction,
    edition_id: UUID,
    at: datetime,
    *,
    second_person_libraries: Container[str] = (),
    publication: Publication | None = None,
) -> Edition:
    """`draft` -> `published`; from its first day on it replaces the document's earlier editions. `publication`: what
    was found and shown, to be kept with it.

    Raises `Forbidden` for the uploader where the library asks for a second person, and `Conflict` unless a draft.
    """
    _require(tx, Permission.DOCUMENT_PUBLISH)
    edition = await get_edition(tx, edition_id)
    require_second_person(tx, edition, second_person_libraries)
    return await _move(
        tx,
        edition,
        (EditionState.DRAFT,),
        """UPDATE app.editions SET state = 'published', published_by = %(person)s, published_at = %(at)s,
            publication = %(publication)s
        WHERE id = %(edition)s AND state = ANY(%(from)s) RETURNING id""",
        at,
        publication,
    )


def require_second_person(tx: Transaction, edition: Edition, libraries: Container[str]) -> None:
    """Raises `Forbidden` for the uploader where the library asks for a second person."""
    if edition.library in libraries and edition.uploaded_by == tx.principal.person:
        raise Forbidden("You uploaded this edition. In this library another policy owner publishes it.")


async def withdraw_edition(tx: Transaction, edition_id: UUID, at: datetime | None = None) -> Edition:
    """`published` or `draft` -> `withdrawn`: from now on neither searched nor, but for policy owners, opened.

    Nothing of it is destroyed. `at`: when, the database's time where none is given.
    """
    _require(tx, Permission.DOCUMENT_PUBLISH)
    edition = await get_edition(tx, edition_id)
    return await _move(
        tx,
        edition,
        (EditionState.DRAFT, EditionState.PUBLISHED),
        """UPDATE app.editions SET state = 'withdrawn', withdrawn_by = %(person)s,
            withdrawn_at = coalesce(%(at)s, now())
        WHERE id = %(edition)s AND state = ANY(%(from)s) RETURNING id""",
        at,
    )


async def _move(
    tx: Transaction,
    edition: Edition,
    states: tuple[EditionState, ...],
    update: LiteralString,
    at: datetime | None,
    publication: Publication | None = None,
) -> Edition:
    parameters = {
        "edition": edition.edition_id,
        "person": tx.principal.person,
        "at": at,
        "publication": None if publication is None else Jsonb(publication.as_json()),
        "from": [state.value for state in states],
    }
    cursor = await connection(tx).execute(update, parameters)
    if await cursor.fetchone() is None:
        raise Conflict(f"The edition is {edition.state.value}; only {' or '.join(states)} can be changed so.")
    return await get_edition(tx, edition.edition_id)


async def _document(tx: Transaction, metadata: EditionMetadata) -> UUID:
    """The document of the metadata's key, created where it is new; `Conflict` where it is another's or differs."""
    conn = connection(tx)
    values = {
        "id": uuid4(),
        "key": metadata.document,
        "title": metadata.title,
        "library": metadata.library,
        "audience": sorted(set(metadata.audience)),
        "classification": metadata.classification,
        **reader(tx.principal),
    }
    await conn.execute(
        """INSERT INTO app.documents (id, key, title, library, audience, classification, created_by)
        VALUES (%(id)s, %(key)s, %(title)s, %(library)s, %(audience)s, %(classification)s, %(person)s)
        ON CONFLICT (tenant, key) DO NOTHING""",
        values,
    )
    cursor = await conn.execute(
        f"""SELECT d.id, d.library, d.audience FROM app.documents d
        WHERE d.key = %(key)s AND ({IN_AUDIENCE} OR d.created_by = %(person)s)""",
        values,
    )
    row = await cursor.fetchone()
    if row is None:
        raise Conflict("This document key cannot be used. Choose another key.")
    if row["library"] != metadata.library or sorted(row["audience"]) != values["audience"]:
        raise Conflict(
            f"The document {metadata.document} is in library {row['library']} for {', '.join(row['audience'])}. "
            "A new edition keeps its library and audience."
        )
    return row["id"]


async def _existing(tx: Transaction, document_id: UUID, metadata: EditionMetadata, sha256: str) -> Registration:
    """The edition that holds the place already: the same file, or a `Conflict`."""
    cursor = await connection(tx).execute(
        """SELECT id, sha256, state FROM app.editions
        WHERE document_id = %s AND version = %s AND effective_from = %s FOR UPDATE""",
        (document_id, metadata.version, metadata.effective_from),
    )
    row = await cursor.fetchone()
    if row is None or row["sha256"] != sha256:
        raise Conflict(
            f"Another file is stored as version {metadata.version} of {metadata.document} from "
            f"{metadata.effective_from:%Y-%m-%d} on. Choose a new version or another first day."
        )
    state = EditionState(row["state"])
    if state is not EditionState.FAILED:
        return Registration(row["id"], document_id, RegistrationOutcome.UNCHANGED, state)
    await connection(tx).execute(
        "UPDATE app.editions SET state = 'parsing', problems = '[]', attempt = attempt + 1 WHERE id = %s", (row["id"],)
    )
    return Registration(row["id"], document_id, RegistrationOutcome.AGAIN, EditionState.PARSING)


def _require(tx: Transaction, permission: Permission) -> None:
    """The system of the tenant acts on what a person was allowed to ask for; a person needs the right."""
    if not tx.principal.is_system:
        tx.principal.require(permission)


def _check(metadata: EditionMetadata) -> None:
    for name in ("document", "title", "library", "version"):
        if not str(getattr(metadata, name)).strip():
            raise Unprocessable(f"The field {name} is empty.")
    if not metadata.audience or not all(role.strip() for role in metadata.audience):
        raise Unprocessable('The audience is empty. Name the roles that may read it, or "*" for everyone.')
    if metadata.effective_to is not None and metadata.effective_to <= metadata.effective_from:
        raise Unprocessable(
            "effective_to must be later than effective_from: it is the first day that no longer counts."
        )
