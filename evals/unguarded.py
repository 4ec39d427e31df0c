"""`python -m evals.unguarded GUARD…`: the service with guards that let everything pass, for `evals whole-path` only.

The product has no switch for this. The composition root is given parts whose guards are open; the two guards that are
functions are replaced where they are called, in this process.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from unittest.mock import patch

from api import __main__ as service
from api.app import create_app
from core.database import Database
from core.settings import Settings
from graph import requests, writing
from graph.context import Guards, Screens
from guardrails.intent import Intent
from guardrails.personal_data import PersonalDatum
from guardrails.risk import Kind, weigh_risk
from guardrails.scope import ScopeFinding
from guardrails.screening import Screening
from guardrails.sufficiency import Sufficiency, assess
from guardrails.verdict import Verdict, allow
from jobs.assembly import Parts, assemble


@dataclass(frozen=True, slots=True)
class OpenScreener:
    """Lets every message pass as harmless; what it masks stays masked."""

    inner: Screens

    async def screen(self, raw: str) -> Screening:
        found = await self.inner.screen(raw)
        text = found.text or raw
        return replace(found, verdict=allow(), text=text, masked=found.masked or text, suspicious=False)


@dataclass(frozen=True, slots=True)
class OpenMask:
    """Masks nothing."""

    inner: Screens

    async def screen(self, raw: str) -> Screening:
        found = await self.inner.screen(raw)
        return replace(found, masked=found.text, masks=())


class OpenDetector:
    """Finds no personal data."""

    def find(self, text: str) -> list[PersonalDatum]:  # noqa: ARG002 -- the port's shape
        return []


class OpenScope:
    """Takes everything for a question in scope; its risk is read as ever."""

    async def judge(self, text: str, *, mode: str = "answer") -> ScopeFinding:  # noqa: ARG002 -- the port's shape
        found = weigh_risk(text, Kind.POLICY_QUESTION)
        return ScopeFinding(allow(), Intent.QUESTION, 1.0, Kind.POLICY_QUESTION, found.risk, found.rules)


def enough(*asked: Any, **options: Any) -> Sufficiency:
    """Any evidence at all is enough."""
    found = assess(*asked, **options)
    return found if not found.features else replace(found, verdict=allow(found.evidence))


async def held(*_asked: Any, **_options: Any) -> Verdict:
    """Every sentence holds."""
    await asyncio.sleep(0)
    return allow()


OPENED: Final[dict[str, Callable[[Guards], Guards]]] = {
    "screening": lambda guards: replace(guards, screener=OpenScreener(guards.screener)),
    "masking": lambda guards: replace(guards, screener=OpenMask(guards.screener), personal_data=OpenDetector()),
    "scope": lambda guards: replace(guards, scope=OpenScope()),
    "weighing": lambda guards: guards,
    "checking": lambda guards: guards,
}
"""By guard, the guards without it."""


def main(opened: Sequence[str]) -> int:
    """Serve without these guards until told to stop."""

    def without(settings: Settings, database: Database) -> Parts:
        parts = assemble(settings, database)
        guards = parts.guards
        for guard in opened:
            guards = OPENED[guard](guards)
        return replace(parts, guards=guards)

    def app(settings: Settings) -> Any:
        return create_app(settings, assemble=without)

    with (
        patch.object(service, "create_app", app),
        patch.object(requests, "assess", enough if "weighing" in opened else requests.assess),
        patch.object(writing, "check", held if "checking" in opened else writing.check),
    ):
        return service.main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
