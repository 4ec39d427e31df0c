"""Answers that rest on an edition which no longer counts: replaced, ended, withdrawn, or no longer open to the reader.

An answer about the present is held against today; one about a day in the past against that day, which only a
withdrawal or a backdated edition decides anew. Nothing of a text is told here, and of a document that the reader may no
longer read only that it does not count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from api.days import Days
from api.schemas.publishing import SourceNow
from api.schemas.superseded import Standing, SupersededSource
from core.database import Database, Transaction
from core.principal import Principal
from retrieval.publishing.findings import date_of, named
from retrieval.publishing.store import standings
from runs.models import Run, StoredEvent


@dataclass(frozen=True, slots=True)
class Cited:
    """An edition that an answer cites, and the day on which it is to count."""

    edition_id: UUID
    day: date
    about_past: bool
    title: str
    version: str
    refs: tuple[int, ...]


def cited(answer: Mapping[str, Any], asked_on: date, today: date) -> list[Cited]:
    """The editions that the data of an `answer` event cites; none for what only tools returned."""
    refs = {ref for claim in answer.get("claims", ()) for ref in claim["citations"]}
    as_of = date.fromisoformat(answer["as_of"]) if "as_of" in answer else asked_on
    about_past = as_of < asked_on
    day = as_of if about_past else max(as_of, today)
    sources = [each for each in answer.get("sources", ()) if each["ref"] in refs and each.get("edition_id")]
    by_edition: dict[UUID, list[Mapping[str, Any]]] = {}
    for source in sources:
        by_edition.setdefault(UUID(source["edition_id"]), []).append(source)
    return [
        Cited(edition, day, about_past, found[0]["title"], found[0]["version"], tuple([each["ref"] for each in found]))
        for edition, found in by_edition.items()
    ]


async def superseded(
    database: Database, days: Days, principal: Principal, runs: Sequence[Run], outcomes: Mapping[UUID, StoredEvent]
) -> dict[UUID, list[SupersededSource]]:
    """By run, the cited editions that no longer count. One query for all of them."""
    tenant = principal.tenant
    today = days.today(tenant)
    wanted = {
        run.id: cited(outcomes[run.id].data, run.question.asked_on or days.day(tenant, run.created_at), today)
        for run in runs
        if run.id in outcomes and outcomes[run.id].kind == "answer"
    }
    if not any(wanted.values()):
        return {}
    async with database.transaction(Principal.system(tenant)) as tx:
        return await marked(tx, principal, wanted, days.zone_name(tenant))


async def marked(
    tx: Transaction, caller: Principal, wanted: Mapping[UUID, Sequence[Cited]], zone: str
) -> dict[UUID, list[SupersededSource]]:
    """As `superseded`; `tx` is the system's, and what is told is for `caller`."""
    pairs = list(dict.fromkeys((each.edition_id, each.day) for found in wanted.values() for each in found))
    rows = await standings(tx, caller, [edition for edition, _ in pairs], [day for _, day in pairs], zone)
    by_pair = dict(zip(pairs, rows, strict=True))
    return {
        run_id: [mark for each in found if (mark := _mark(each, by_pair[each.edition_id, each.day])) is not None]
        for run_id, found in wanted.items()
    }


def _mark(of: Cited, row: Mapping[str, Any]) -> SupersededSource | None:
    refs = list(of.refs)
    if not (row["in_audience"] or row["readable"]):
        text = "You may no longer read this source, so nothing rests on it for you."
        return SupersededSource(
            edition_id=of.edition_id, refs=refs, standing=Standing.UNAVAILABLE, since=None, now=None, text=text
        )
    if row["counts"]:
        return None
    now = None
    if row["now_id"] is not None:
        now = SourceNow(
            edition_id=row["now_id"],
            title=row["now_title"],
            version=row["now_version"],
            effective_from=row["now_from"],
        )
    if row["state"] == "withdrawn":
        standing = Standing.WITHDRAWN
    else:
        standing = Standing.ENDED if now is None else Standing.REPLACED
    since: date | None = row["since"]
    return SupersededSource(
        edition_id=of.edition_id,
        refs=refs,
        standing=standing,
        since=since,
        now=now,
        text=_said(of, standing, since, now),
    )


def _said(of: Cited, standing: Standing, since: date | None, now: SourceNow | None) -> str:
    edition = f"{of.title}, {named(of.version)},"
    what = {
        Standing.REPLACED: "has been replaced",
        Standing.ENDED: "no longer counts",
        Standing.WITHDRAWN: "was withdrawn",
    }[standing]
    when = (
        ""
        if since is None
        else f" on {date_of(since)}"
        if standing is Standing.WITHDRAWN
        else f" since {date_of(since)}"
    )
    about = f" for {date_of(of.day)}" if of.about_past else ""
    instead = "no edition counts" if now is None else f"{named(now.version)} counts"
    place = f"For {date_of(of.day)}" if of.about_past else "Today"
    return f"{edition} {what}{about}{when}. {place} {instead}."
