"""Abstentions by topic: what people asked and the documents had no answer for."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from api.audit_views.questions import why
from api.auditing.periods import period_of
from api.auditing.reads import Reads
from api.auditing.runs import hidden_by_thread
from api.auditing.texts import open_question
from api.auditing.topics import Topic, Unanswered, grouped
from api.auditing.veil import Veil
from api.cursors import Cursors
from api.days import Days
from api.limits import AUDIT
from api.schemas.audit_gaps import AbstentionTopic, AbstentionTopics, CodeCount, NearDocument, UnansweredRun
from audit.gaps import store
from audit.search.store import editions
from core.crypto import Keyring
from core.principal import Principal
from guardrails.reasons import ReasonCode
from runs.masks.keeping import KeptValue

CODES: Final = (
    ReasonCode.NO_EVIDENCE,
    ReasonCode.WEAK_EVIDENCE,
    ReasonCode.NAMED_THING_MISSING,
    ReasonCode.NO_EDITION_THEN,
    ReasonCode.UNSUPPORTED_ANSWER,
)
"""Where it was the documents that had no answer; not where a guard failed or the bank's system refused."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gaps:
    """Questions without an answer, over the tenant's runs."""

    reads: Reads
    keyring: Keyring
    days: Days
    cursors: Cursors
    veil: Veil

    async def topics(
        self, principal: Principal, since: date | None, until: date | None, *, limit: int, cursor: str | None
    ) -> AbstentionTopics:
        """Both days included; the last thirty where none is given. The pages of one listing look at the runs until the
        moment of its first page. Raises `Unprocessable` for a wrong period, `BadRequest` for a wrong cursor."""
        first, last, period = period_of(self.days, principal.tenant, since, until)
        place = self.cursors.read(principal, cursor)
        seen = self.reads.clock.now() if place is None else datetime.fromisoformat(place[1])
        start = 0 if place is None else int(place[0])
        async with self.reads.look(principal) as look:
            rows = await store.abstained(
                look.tx, period, CODES, seen=seen, nearest=AUDIT.nearest, limit=AUDIT.unanswered + 1
            )
            kept = rows[: AUDIT.unanswered]
            known = await editions(look.tx, sorted({UUID(each) for row in kept for each in row["editions"] or ()}))
            by_edition = {str(row["id"]): row for row in known}
            tenant = look.tx.principal.tenant
            hidden = await hidden_by_thread(look.tx, self.keyring, kept)
            topics, items, wordless = await asyncio.to_thread(
                self._grouped, tenant, kept, by_edition, hidden, slice(start, start + limit)
            )
            await look.note(
                "abstentions",
                **{"from": first.isoformat(), "to": last.isoformat()},
                found=topics,
                further=cursor is not None,
            )
        more = topics > start + limit
        return AbstentionTopics(
            items=items,
            next_cursor=self.cursors.make(principal, [start + limit, seen.isoformat()]) if more else None,
            since=first,
            until=last,
            runs=len(kept) - wordless,
            wordless=wordless,
            cut=len(rows) > len(kept),
        )

    def _grouped(
        self,
        tenant: str,
        rows: Sequence[Row],
        by_edition: Mapping[str, Row],
        hidden: Mapping[UUID, tuple[KeptValue, ...]],
        page: slice,
    ) -> tuple[int, list[AbstentionTopic], int]:
        """How many topics there are, those of the page, and how many runs have no words any more."""
        unanswered: list[Unanswered] = []
        by_run = {row["id"]: row for row in rows}
        for row in rows:
            question = open_question(self.keyring, tenant, row).question
            if question is not None:
                near = _near(row, by_edition)
                question = self.veil.text(question, hidden.get(row["thread_id"], ()))
                unanswered.append(Unanswered(row["id"], question, near[0]["document"] if near else None))
        topics, weight = grouped(unanswered)
        shown = [_shown(topic, topic.terms(weight), by_run, by_edition) for topic in topics[page]]
        return len(topics), shown, len(rows) - len(unanswered)


def _near(row: Row, by_edition: Mapping[str, Row]) -> list[Row]:
    """The editions of the nearest passages that are still known, best first."""
    return [by_edition[each] for each in row["editions"] or () if each in by_edition]


def _shown(
    topic: Topic, terms: list[str], by_run: Mapping[UUID, Row], by_edition: Mapping[str, Row]
) -> AbstentionTopic:
    rows = [by_run[each.run] for each in topic.members]
    codes = Counter(str(row["code"]) for row in rows)
    near = Counter(document for row in rows for document in {each["document"] for each in _near(row, by_edition)})
    described = {each["document"]: each for row in rows for each in _near(row, by_edition)}
    asked = [row["created_at"] for row in rows]
    return AbstentionTopic(
        terms=terms,
        runs=len(rows),
        people=len({row["person_id"] for row in rows}),
        first_at=min(asked),
        last_at=max(asked),
        codes=[CodeCount(code=code, reason=why(code), count=count) for code, count in _most_first(codes)],
        documents=[
            NearDocument(document=key, title=described[key]["title"], library=described[key]["library"], count=count)
            for key, count in _most_first(near)[: AUDIT.nearest]
        ],
        examples=[
            UnansweredRun(
                run_id=each.run,
                question=each.question,
                code=str(by_run[each.run]["code"]),
                created_at=by_run[each.run]["created_at"],
            )
            for each in topic.members[: AUDIT.examples]
        ],
    )


def _most_first(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
