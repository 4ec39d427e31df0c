"""A checklist and a case note on the page: chosen by keyboard, ticked, changed, opened at its source, kept."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

OWN = "Ring the card line, whatever the hour <b>it is</b>."


async def choose(visit: Visit, mode: str) -> None:
    """By keyboard: the arrows go from one to the next."""
    radio = visit.page.get_by_role("radio", name=mode)
    await visit.page.get_by_role("radio", name="Answer").focus()
    for _ in range(2):
        if not await radio.is_checked():
            await visit.page.keyboard.press("ArrowRight")
    await expect(radio).to_be_checked()


async def form_of(visit: Visit, name: str) -> Locator:
    form = visit.page.get_by_role("region", name=name)
    await expect(form).to_be_visible()
    return form


async def test_a_checklist_is_ticked_and_changed_and_stays_so(anna: Visit) -> None:
    page = anna.page
    await choose(anna, "Checklist")
    await anna.ask("Checklist of the first steps for a lost card")
    form = await form_of(anna, "Checklist")
    fields = form.get_by_role("listitem")
    await expect(fields).to_have_count(3)
    await expect(fields.nth(1)).to_contain_text("Outside branch hours the cardholder calls the card line")
    await expect(fields.nth(1)).to_contain_text("Word for word")
    await expect(form).to_contain_text("3 items")
    await expect(page.get_by_role("radio", name="Answer")).to_be_checked()

    await form.get_by_role("checkbox").first.check()
    await expect(form).to_contain_text("1 of 3 items ticked")
    await fields.nth(1).get_by_role("button", name="Change").click()
    await page.get_by_role("textbox", name="Your own words for this field").fill(OWN)
    await page.get_by_role("button", name="Keep my words").click()
    await expect(fields.nth(1)).to_contain_text(OWN)

    await page.reload()
    form = await form_of(anna, "Checklist")
    fields = form.get_by_role("listitem")
    await expect(fields.nth(1).locator(".words").first).to_have_text(OWN)
    await expect(fields.nth(1)).to_contain_text("Changed by you")
    await expect(fields.nth(1).locator(".was")).to_contain_text("Word for word: Outside branch hours")
    await expect(form.get_by_role("checkbox").first).to_be_checked()

    await fields.first.locator("button.ref").click()
    source = page.get_by_role("region", name="Source")
    await expect(source.get_by_role("heading", level=2)).to_have_text("Circular 42: Lost and stolen cards")


async def test_a_case_note_fits_a_phone(anna_on_a_phone: Visit) -> None:
    page = anna_on_a_phone.page
    await choose(anna_on_a_phone, "Case note")
    await anna_on_a_phone.ask("Note on case C-1042: The card was stolen on Monday. The police report is still missing.")
    form = await form_of(anna_on_a_phone, "Case note")
    own = form.locator(".field.own")
    await expect(own).to_have_text(
        [re.compile("case C-1042"), re.compile("stolen on Monday"), re.compile("still missing")]
    )
    await expect(own.first).to_contain_text("You wrote this")
    await expect(form).to_contain_text("police report when the unrecognised payments come to more than USD 500")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
