"""A browser of somebody's own before the real service, and what it complained about meanwhile."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, ConsoleMessage, Page, Request, expect

from evals.service import Service

PATIENCE_MS = 20_000
LISTED = re.compile("^(You may read|No document is published for you yet)")


@dataclass(slots=True)
class Visit:
    """A page of somebody who signed in, and what the browser complained about meanwhile."""

    page: Page
    base_url: str
    complaints: list[str] = field(default_factory=list[str])
    refusals: set[int] = field(default_factory=set[int])
    """Statuses with which the API is to refuse something; browsers complain of each such reply."""

    def watch(self) -> None:
        """Note every error of a script, every warning of the console (so every breach of the page's policy), and
        every request that leaves our own two origins."""

        def said(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"} and not self._is_refusal(message):
                self.complaints.append(f"{message.type}: {message.text}")

        def asked(request: Request) -> None:
            if not request.url.startswith(("http://127.0.0.1:", "data:")):
                self.complaints.append(f"asked another host: {request.url}")

        self.page.on("console", said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("request", asked)

    def _is_refusal(self, message: ConsoleMessage) -> bool:
        started = message.text.startswith("Failed to load resource")
        ours = message.location["url"].startswith(f"{self.base_url}/v1/")
        return started and ours and any(f"status of {status} " in message.text for status in self.refusals)

    async def sign_in(self, name: str) -> None:
        """From our first page over the identity provider's and back."""
        await self.page.goto(self.base_url)
        await self.page.get_by_role("link", name="Sign in with your bank account").click()
        await self.page.get_by_role("button", name=name).click()
        await expect(self.page.get_by_role("button", name="Ask", exact=False).first).to_be_enabled()
        await expect(self.page.locator("#shelves")).to_have_text(LISTED)

    async def ask(self, question: str) -> None:
        """Type and send a question, and wait until it has ended one way or another."""
        turns = self.page.locator("article")
        before = await turns.count()
        await self.page.get_by_label("Your question").fill(question)
        await self.page.keyboard.press("Enter")
        await expect(turns).to_have_count(before + 1)
        await expect(turns.last.locator("footer.basis, section.card")).to_be_visible()


@asynccontextmanager
async def visiting(browser: Browser, service: Service, *, width: int, height: int) -> AsyncGenerator[Visit]:
    """A browser of its own, watched; nothing may have been complained about at the end."""
    context = await browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    visit = Visit(await context.new_page(), service.base_url)
    visit.watch()
    yield visit
    await context.close()
    assert visit.complaints == []
