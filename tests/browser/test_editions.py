"""Pia uploads an edition and sees what it changes; Paul publishes it; Anna is answered from it, and her old answer is
marked; a question about a day in the past is answered from the editions of that day."""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from core.settings import ROOT
from evals.child_process import ChildProcess
from evals.service import Service
from tests.browser.act import Enter
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

TEXT = """# Safe deposit boxes

## 1 Rent

The yearly rent of a small safe deposit box is {rent} dollars. It is paid in January.

## 2 Keys

A lost key of a safe deposit box is replaced for 120 dollars within five business days.
"""
QUESTION = "What is the yearly rent of a small safe deposit box?"


@pytest.fixture
def reading(service: Service, tmp_path: Path) -> Iterator[None]:
    """A worker that reads what is uploaded, beside the service."""
    command = [sys.executable, "-m", "jobs", "work", "--queue", "documents"]
    log = tmp_path / "reader.log"
    with ChildProcess.start("a reader", command, environment=service.environment, log=log, cwd=ROOT):
        yield


async def upload(page: Page, folder: Path, version: str, since: str, rent: int) -> None:
    """Through the form of the library, until the edition has been read."""
    file = folder / f"boxes-{version}.md"
    file.write_text(TEXT.format(rent=rent))
    await page.get_by_role("button", name="Add an edition").click()
    await page.get_by_label("File", exact=True).set_input_files(file)
    for label, text in {"Document key": "safe-boxes", "Title": "Safe deposit boxes", "Library": "boxes"}.items():
        field = page.locator("#add").get_by_label(label, exact=True)
        await field.fill(text)
        await field.press("Tab")  # a known key fills in the rest when it is left
    await page.get_by_label("Version").fill(version)
    await page.get_by_label("In force from").fill(since)
    await page.get_by_role("button", name="Upload").click()
    await expect(page.locator("#progress a")).to_be_visible()


async def open_edition(page: Page, base_url: str, version: str) -> None:
    await page.goto(f"{base_url}/library")
    row = page.locator("li.doc", has_text="Safe deposit boxes")
    await expect(row).to_be_visible()
    if await row.locator("details summary").count():
        await row.locator("details summary").click()
        await row.get_by_role("link", name=f"Safe deposit boxes, edition {version}").click()
    else:
        await row.get_by_role("link", name="Safe deposit boxes").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Safe deposit boxes")


@pytest.mark.usefixtures("reading")
async def test_an_edition_goes_from_one_owner_over_another_to_a_reader(
    enter: Enter, anna: Visit, tmp_path: Path
) -> None:
    pia = await enter("Pia Novak", "/library")
    paul = await enter("Paul Brandt", "/library")
    await upload(pia.page, tmp_path, "2026-01", "2026-01-01", 40)
    await open_edition(paul.page, paul.base_url, "2026-01")
    await expect(paul.page.get_by_role("button", name="Publish")).to_be_visible()
    await paul.page.get_by_role("button", name="Publish").click()
    await expect(paul.page.get_by_role("button", name="Withdraw")).to_be_visible()
    await anna.ask(QUESTION)
    await expect(anna.page.locator("li.claim").first).to_contain_text("40 dollars")
    thread = anna.page.url

    today = datetime.now(UTC).date().isoformat()
    await pia.page.goto(f"{pia.base_url}/library")
    await upload(pia.page, tmp_path, "2026-11", today, 55)
    await open_edition(pia.page, pia.base_url, "2026-11")
    await expect(pia.page.locator("#about")).to_contain_text("another policy owner publishes it")
    await expect(pia.page.get_by_role("button", name="Publish")).to_have_count(0)
    changed = pia.page.locator("li.change")
    await expect(changed).to_have_count(1)
    await expect(changed.locator("del.figure")).to_have_text("40")
    await expect(changed.locator("ins.figure")).to_have_text("55")

    await open_edition(paul.page, paul.base_url, "2026-11")
    await expect(paul.page.locator("li.change ins.figure")).to_have_text("55")
    await expect(paul.page.locator("ul.findings")).to_contain_text("on this edition replaces edition 2026-01.")
    await paul.page.get_by_role("button", name="Publish").click()
    await expect(paul.page.get_by_role("button", name="Withdraw")).to_be_visible()
    await expect(paul.page.get_by_role("list", name="Which edition counts when")).to_contain_text("today")

    await anna.page.get_by_role("button", name=re.compile("New question")).click()
    await anna.ask(QUESTION)
    await expect(anna.page.locator("li.claim").first).to_contain_text("55 dollars")
    await anna.page.goto(thread)
    mark = anna.page.locator("div.superseded")
    await expect(mark).to_contain_text("A source of this answer no longer counts.")
    await expect(mark).to_contain_text("Today edition 2026-11 counts.")
    await expect(mark.get_by_role("link")).to_have_attribute("href", re.compile("^/library/"))

    await anna.page.get_by_role("button", name=re.compile("New question")).click()
    await anna.ask("What was the yearly rent of a small safe deposit box, as of March 2026?")
    await expect(anna.page.locator("li.claim").first).to_contain_text("40 dollars")
    then = anna.page.locator("p.then")
    await expect(then).to_contain_text("Answered from the editions in force on 31 Mar 2026.")
    await expect(then).to_contain_text("the last day of that month was taken")
    await then.get_by_role("button", name="Ask about today").click()
    await expect(anna.page.locator("article")).to_have_count(2)
    await expect(anna.page.locator("article").last.locator("li.claim").first).to_contain_text("55 dollars")

    await open_edition(paul.page, paul.base_url, "2026-11")
    await expect(paul.page.locator("#about")).to_contain_text(re.compile(r"\d answers cite this edition"))
    await paul.page.get_by_role("button", name="Withdraw").click()
    await expect(paul.page.locator("ul.findings").last).to_contain_text("Edition 2026-01 will count again from today.")
    await paul.page.get_by_role("button", name="Withdraw now").click()
    await expect(paul.page.locator("#about")).to_contain_text("Nobody is answered from it.")
    await anna.page.goto(thread)
    await expect(anna.page.locator("li.claim").first).to_contain_text("40 dollars")
    await expect(anna.page.locator("div.superseded")).to_have_count(0)
