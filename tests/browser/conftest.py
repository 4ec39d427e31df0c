"""A real Chromium before the real service: sandbox identity provider, `python -m api`, PostgreSQL, a few policies."""

import json
import re
import shutil
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

from core.settings import ROOT
from evals.service import Documents, ScratchOptions, Service, scratch_service

POLICIES = ROOT / "sandbox/policies"
TAKEN_IN = frozenset({"cash-handling", "lost-cards", "card-disputes", "minors-accounts", "hr-disciplinary"})
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
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


def chromium() -> str:
    """Where Chromium is. Fails the test where there is none: what a person sees must not go untested."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.fail(f"Chromium is missing (looked for {', '.join(BROWSERS)}). On Debian: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Harbour Bank's policies on some subjects, one of them for the personnel department alone."""
    entries = json.loads((POLICIES / "manifest.json").read_text(encoding="utf-8"))
    manifest = tmp_path_factory.mktemp("policies") / "manifest.json"
    chosen = [{**entry, "file": str(POLICIES / entry["file"])} for entry in entries if entry["document"] in TAKEN_IN]
    manifest.write_text(json.dumps(chosen), encoding="utf-8")
    with scratch_service(ScratchOptions([Documents("harbour", manifest)])) as running:
        yield running


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield launched
        await launched.close()


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


@pytest.fixture
async def anna(browser: Browser, service: Service) -> AsyncGenerator[Visit]:
    """Anna of branch 001, signed in at a desk."""
    async with visiting(browser, service, width=1440, height=900) as visit:
        await visit.sign_in("Anna Keller")
        yield visit


@pytest.fixture
async def anna_on_a_phone(browser: Browser, service: Service) -> AsyncGenerator[Visit]:
    async with visiting(browser, service, width=360, height=740) as visit:
        await visit.sign_in("Anna Keller")
        yield visit
