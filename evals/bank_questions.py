"""The golden and the tuning questions as they are weighed: the search and the decision of a turn, without its writing.

Over the documents that `python -m evals golden --data DIR --keep FOLDER` takes in, as the people who would ask.
"""

import asyncio
import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from core.database import Database
from core.principal import Principal
from evals.cases_file import open_embedder, progress
from evals.golden import QUESTIONS, documents
from evals.golden_questions import Citation, GoldenQuestion, load_golden, matches, unsaid_by
from evals.service import ScratchOptions, scratch_service
from graph.followups import leans_on_earlier, stand_alone
from guardrails.risk import Kind, Risk, weigh_risk
from guardrails.sufficiency import Sufficiency, assess
from retrieval.dense import MemoryDense
from retrieval.glossary.expander import GlossaryExpander
from retrieval.models import Evidence
from retrieval.search import Searcher
from runs.models import Exchange

TUNING: Final = Path(__file__).parent / "tuning"
PASSAGES: Final = 10


@dataclass(frozen=True, slots=True)
class BankCase:
    """A question, its set, how it was weighed, and whether the passages found hold its answer."""

    question: GoldenQuestion
    set: str
    risk: Risk
    weighed: Sufficiency
    holds: bool

    @property
    def has_answer(self) -> bool:
        """Whether the documents have one for this person."""
        return self.question.expect == "answer"


def bank_cases(data: Path, keep: Path | None) -> list[BankCase]:
    """Every question of both sets, the golden first. Raises `ServiceError`, `DataError`."""
    sets = {"golden": load_golden(QUESTIONS), "tuning": load_golden(TUNING)}
    with scratch_service(ScratchOptions(documents(data), keep=keep)) as service:
        personas = sorted({question.persona for members in sets.values() for question in members})
        people = {persona: _principal(service.token(persona)) for persona in personas}
        return asyncio.run(_weighed(service.environment["DATABASE_URL"], people, sets))


def _principal(token: str) -> Principal:
    """Whom the service takes the bearer for; our own token, so nothing of it is in doubt."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return Principal(claims["tenant"], claims["sub"], roles=frozenset(claims["roles"]))


async def _weighed(
    url: str, people: Mapping[str, Principal], sets: Mapping[str, Sequence[GoldenQuestion]]
) -> list[BankCase]:
    database, embedder = await Database(url).open(), open_embedder()
    try:
        searcher = Searcher(database, embedder, MemoryDense(), expander=GlossaryExpander(database))
        questions = [(name, question) for name, members in sets.items() for question in members]
        cases: list[BankCase] = []
        for name, question in questions:
            cases.append(await _case(searcher, people[question.persona], name, question))
            progress("weighed", len(cases), len(questions))
        return cases
    finally:
        embedder.close()
        await database.close()


async def _case(searcher: Searcher, principal: Principal, name: str, question: GoldenQuestion) -> BankCase:
    asked = _stand_alone(question.turns)
    found = await searcher.search(
        principal, asked, as_of=question.as_of or _today(), k=PASSAGES, libraries=question.libraries or None
    )
    risk = weigh_risk(asked, Kind.POLICY_QUESTION).risk
    weighed = assess(asked, found.passages, found.expansions, found.common, risk)
    return BankCase(question, name, risk, weighed, _holds(question, found))


def _stand_alone(turns: Sequence[str]) -> str:
    """The last turn as the rules rewrite it; what was answered before plays no part in them that matters here."""
    history: list[Exchange] = []
    asked = ""
    for turn in turns:
        asked = stand_alone(turn, history) if history and leans_on_earlier(turn) else turn
        history.append(Exchange(asked, ""))
    return asked


def _holds(question: GoldenQuestion, found: Evidence) -> bool:
    """Whether the passages of the expected places say all that a right answer says."""
    texts = list(_expected_texts(question, found))
    return bool(texts) and not unsaid_by(question, " ".join(texts))


def _expected_texts(question: GoldenQuestion, found: Evidence) -> Iterator[str]:
    for passage in found.passages:
        place = Citation(passage.document, passage.section, passage.effective_from)
        if any(matches(wanted, place) for wanted in question.must_cite):
            yield " ".join(passage.text.split())


def _today() -> date:
    return datetime.now(UTC).date()
