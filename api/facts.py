"""What stands in the bank's system now, beside a request that waits for a signature."""

import asyncio
from dataclasses import dataclass
from typing import Any

from api.limits import FACTS
from api.rates import RateLimit
from api.schemas.approvals import FactLine, FactsView
from core.clock import Clock
from core.database import Database
from core.errors import Forbidden, ProblemError, Unavailable
from core.principal import Principal
from tools.approvals.models import Approval
from tools.catalogue.models import Catalogue, Facts
from tools.connector.ports import Acting, Connector
from tools.rendering import render
from tools.stops.switch import stopped_by

UNCONFIGURED = "No core banking system is connected to this service, so its present state can't be shown."
UNREADABLE = "The present state could not be read just now. Look again in a moment."
NO_RIGHT = "Your roles do not include the right to read this in the bank's system."


@dataclass(frozen=True, slots=True)
class FactReader:
    """Reads live and in the viewer's own name. It never fails: what went wrong is said in the reply."""

    catalogue: Catalogue
    connector: Connector | None
    database: Database
    clock: Clock
    rate: RateLimit

    async def read(self, viewer: Principal, approval: Approval) -> FactsView | None:
        """The facts that the catalogue lists for the tool; None where it lists none. `viewer` has today's roles."""
        proposed = self.catalogue.get(approval.tool)
        if proposed is None or proposed.facts is None:
            return None
        lines: list[FactLine] = []
        problem = None
        try:
            self.rate.take(viewer)
            async with asyncio.timeout(FACTS.within_s):
                result = await self._result(viewer, proposed.facts, approval)
            lines = _lines(proposed.facts, approval, result)
        except (TimeoutError, Unavailable):
            problem = UNREADABLE
        except ProblemError as error:
            problem = error.detail[: FACTS.line_chars]
        return FactsView(read_at=self.clock.now(), lines=lines, problem=problem)

    async def _result(self, viewer: Principal, facts: Facts, approval: Approval) -> Any:
        if self.connector is None:
            raise Forbidden(UNCONFIGURED)
        reading = self.catalogue.tools[facts.tool]
        if not viewer.may(reading.permission):
            raise Forbidden(NO_RIGHT)
        async with self.database.transaction(Principal.system(viewer.tenant)) as tx:
            stopped = await stopped_by(tx, reading)
        if stopped is not None:
            raise Forbidden(stopped.notice)
        args = {to: approval.call.args[given] for to, given in facts.arguments.items() if given in approval.call.args}
        return await self.connector.call(reading, args, Acting(viewer.tenant, viewer.person))


def _lines(facts: Facts, approval: Approval, result: Any) -> list[FactLine]:
    args = approval.call.args
    return [
        FactLine(
            label=fact.label,
            now=_short(render(fact.now, args, result)),
            after=None if fact.after is None else _short(render(fact.after, args, result)),
        )
        for fact in facts.lines
        if all(args.get(name) == value for name, value in fact.only.items())
    ]


def _short(text: str) -> str:
    return text if len(text) <= FACTS.line_chars else f"{text[: FACTS.line_chars - 1]}…"
