"""A real Chromium before the real service: sandbox identity provider, `python -m api`, PostgreSQL, a few policies."""

import json
import shutil
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, async_playwright

from core.settings import ROOT
from evals.service import Documents, ScratchOptions, Service, scratch_service
from tests.browser.act import DESK, Bank, Enter
from tests.browser.visit import Visit, visiting
from tests.browser.witness import witnessed

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
    folder = tmp_path_factory.mktemp("policies")
    manifest = folder / "manifest.json"
    chosen = [{**entry, "file": str(POLICIES / entry["file"])} for entry in entries if entry["document"] in TAKEN_IN]
    manifest.write_text(json.dumps(chosen), encoding="utf-8")
    with (
        witnessed(folder) as settings,
        scratch_service(
            ScratchOptions([Documents("harbour", manifest)], settings={**settings, "TWO_OWNER_LIBRARIES": '["boxes"]'})
        ) as running,
    ):
        yield running


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield launched
        await launched.close()


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


@pytest.fixture
async def enter(browser: Browser, service: Service) -> AsyncGenerator[Enter]:
    """A way to let people in, each with a browser of her own, all watched to the end."""
    async with AsyncExitStack() as stack:

        async def let_in(name: str, path: str = "/", size: tuple[int, int] = DESK) -> Visit:
            width, height = size
            visit = await stack.enter_async_context(visiting(browser, service, width=width, height=height))
            await visit.sign_in(name)
            if path != "/":
                await visit.page.goto(f"{service.base_url}{path}")
            return visit

        yield let_in


@pytest.fixture
def bank(service: Service) -> Bank:
    return Bank(service)
