"""What the tests of acting share: people with a browser each, and a look into the bank's own books."""

import base64
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from playwright.async_api import Locator, Page, expect

from core.clock import FixedClock, SystemClock
from core.crypto import Keyring
from core.database import Database
from core.settings import Settings
from evals.service import Service
from tests.browser.visit import Visit
from tools.approvals.decisions import Decisions
from tools.catalogue.load import load
from tools.connector.http import HttpConnector
from tools.connector.ports import Acting

DESK = (1440, 900)
PHONE = (360, 740)

Enter = Callable[..., Awaitable[Visit]]


class Bank:
    """Core banking as its own clerks see it: past the product, over the system's own HTTP."""

    def __init__(self, service: Service) -> None:
        settings = Settings()
        self._catalogue = load(settings.tool_catalogue)
        self._url = service.environment["CORE_BANKING_URL"]
        self._secret = service.environment["CORE_BANKING_SECRET"]

    async def _look(self, tool: str, **args: str) -> dict[str, Any]:
        connector = HttpConnector(self._url, self._secret, clock=SystemClock())
        try:
            return await connector.call(self._catalogue.tools[tool], args, Acting("harbour", "anna"))
        finally:
            await connector.aclose()

    async def notes(self, case_id: str, text: str) -> list[str]:
        """Who wrote a note of exactly these words, once for each such note."""
        case = await self._look("case_lookup", case_id=case_id)
        return [note["author"] for note in case["notes"] if note["text"] == text]

    async def limit(self, customer_id: str, kind: str) -> int:
        customer = await self._look("customer_lookup", customer_id=customer_id)
        return int(customer["limits"][kind])


async def let_time_pass(service: Service, approval_id: str) -> None:
    """What the queue does with a request at the end of its time, two hours early."""
    settings = Settings()
    keyring = Keyring(base64.b64decode(service.environment["MASTER_KEY"]))

    async def nobody(*_: Any) -> None:
        raise AssertionError("an expiry resumes and schedules nothing")

    database = await Database(service.environment["DATABASE_URL"]).open()
    try:
        later = FixedClock(SystemClock().now() + timedelta(hours=2))
        decisions = Decisions(database, keyring, load(settings.tool_catalogue), later, nobody, nobody)
        await decisions.expire("harbour", UUID(approval_id))
    finally:
        await database.close()


async def request_act(visit: Visit, words: str) -> Locator:
    """Ask for something to be done; the card of the request that now waits."""
    turns = visit.page.locator("article")
    before = await turns.count()
    await visit.page.get_by_label("Your question").fill(words)
    await visit.page.keyboard.press("Enter")
    await expect(turns).to_have_count(before + 1)
    card = turns.last.locator("section.proposal")
    await expect(card).to_be_visible()
    return card


async def approval_of(card: Locator) -> str:
    """The number of the request that a card shows."""
    return str(await card.get_attribute("data-approval"))


async def call_api(visit: Visit, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """What a script in this person's page can do, whatever the page offers: status and JSON."""
    answered: list[Any] = await visit.page.evaluate(
        """async ([method, path, body]) => {
            const csrf = document.querySelector('meta[name="csrf-token"]').content;
            const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/json" };
            const reply = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
            return [reply.status, await reply.json()];
        }""",
        [method, path, body],
    )
    return answered[0], answered[1]


def detail(page: Page) -> Locator:
    """The request that is open on the Approvals page."""
    return page.get_by_role("region", name="Request", exact=True)


async def open_request(visit: Visit, approval_id: str) -> Locator:
    """Open a request from the queue; its detail."""
    await visit.page.locator(f'a.item[href="/approvals/{approval_id}"]').click()
    await expect(detail(visit.page).get_by_role("heading", level=2)).to_be_visible()
    return detail(visit.page)
