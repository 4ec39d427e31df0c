"""Who may read a document, in browsers: pia changes it, anna's open page is closed to her, carla sees why."""

import re
from datetime import date

import pytest
from playwright.async_api import Browser, Route, expect

from evals.service import Service
from tests.browser.act import PHONE
from tests.browser.visit import visiting

pytestmark = pytest.mark.browser

SIDEWAYS = "document.documentElement.scrollWidth <= innerWidth"


async def test_revoking_and_giving_back(browser: Browser, service: Service) -> None:
    async with (
        visiting(browser, service, width=1280, height=900) as pia,
        visiting(browser, service, width=1280, height=900) as anna,
        visiting(browser, service, width=1280, height=900) as carla,
    ):
        for visit, name in ((pia, "Pia Novak"), (anna, "Anna Keller"), (carla, "Carla Mendes")):
            await visit.sign_in(name)
        anna.refusals.add(404)
        await pia.page.goto(f"{service.base_url}/library")
        link = pia.page.locator(".doc", has_text="minors").locator("a.title")
        await link.click()
        await anna.page.goto(pia.page.url)
        heading = await anna.page.get_by_role("heading", level=1).text_content()
        readers = pia.page.get_by_role("region", name="Who may read this")
        await expect(readers).to_contain_text("Everyone of the bank")
        await expect(anna.page.get_by_role("region", name="Who may read this")).to_have_count(0)

        await readers.get_by_role("button", name="Change who may read it").click()
        await readers.get_by_label("Everyone of the bank").uncheck()
        await readers.get_by_role("button", name="Change", exact=True).click()
        await expect(readers.get_by_role("alert")).to_have_text("Choose who may read it.")
        await readers.get_by_label("hr", exact=True).check()
        await expect(readers).to_contain_text("is not answered from it any more, from the next question on")
        await readers.get_by_role("button", name="Change", exact=True).click()
        await expect(readers.get_by_role("alert")).to_have_text("Say why.")
        await readers.get_by_label("Why").fill("The branch manual covers it.")
        await readers.get_by_role("button", name="Change", exact=True).click()
        await expect(readers).to_contain_text("1 change")
        await readers.get_by_text("1 change").click()
        await expect(readers).to_contain_text("The branch manual covers it.")

        await anna.page.reload()
        await expect(anna.page.get_by_role("heading", level=1)).to_have_text("Not found")
        key = await pia.page.locator("dl.kv dd").last.text_content()
        await carla.page.goto(f"{service.base_url}/audit/access?user=anna&document={key}&on={date.today()}")  # noqa: DTZ011 -- the service's day
        await expect(carla.page.locator(".reasons")).to_contain_text("it was meant for people with the role hr, as Pia")
        await expect(carla.page.locator(".verdict-title")).to_contain_text("Could read it for part of the day")

        await readers.get_by_role("button", name="Change who may read it").click()
        await readers.get_by_label("Everyone of the bank").check()
        await readers.get_by_label("Why").fill("The manual does not cover it.")
        await readers.get_by_role("button", name="Change", exact=True).click()
        await expect(readers).to_contain_text("2 changes")
        await anna.page.reload()
        await expect(anna.page.get_by_role("heading", level=1)).to_have_text(heading or "")


async def test_why_something_was_found(browser: Browser, service: Service) -> None:
    async with visiting(browser, service, width=PHONE[0], height=PHONE[1]) as pia:
        await pia.sign_in("Pia Novak")
        await pia.page.goto(f"{service.base_url}/library")
        await pia.page.get_by_role("link", name="Why was this found?").click()
        await pia.page.get_by_label("Question").fill("How much cash may a branch hold?")
        await pia.page.keyboard.press("Enter")
        first = pia.page.get_by_role("article", name="Passage 1", exact=True)
        await expect(first.get_by_role("table")).to_contain_text("Meaning")
        await expect(first).to_contain_text("passages that you may read")
        meaning = first.get_by_role("row").filter(has_text="Meaning").get_by_role("cell")
        await expect(meaning.nth(2)).to_have_text("none")
        await expect(meaning.nth(3)).to_have_text(re.compile(r"\d+"))
        await expect(meaning.nth(4)).to_have_text("comes in")
        final = first.get_by_role("row").filter(has_text="Repetition").get_by_role("cell")
        await expect(final.nth(3)).to_have_text("1")
        assert await pia.page.evaluate(SIDEWAYS)
        await pia.page.reload()
        await expect(first).to_be_visible()


async def test_what_completes_a_cut_off_passage_says_so(browser: Browser, service: Service) -> None:
    """Over the service's own reply with its last passage marked: the sample policies have none that is cut off."""

    async def with_one_beside(route: Route) -> None:
        reply = await route.fetch()
        found = await reply.json()
        last = found["passages"][-1]
        last["beside"] = 1
        last["explanation"]["stages"] = [
            stage | {"after": None} if stage["stage"] == "learned" else stage
            for stage in last["explanation"]["stages"]
            if stage["stage"] != "diversity"
        ] + [{"stage": "neighbours", "score": None, "before": None, "after": last["ref"]}]
        await route.fulfill(response=reply, json=found)

    async with visiting(browser, service, width=PHONE[0], height=PHONE[1]) as pia:
        await pia.sign_in("Pia Novak")
        await pia.page.route("**/v1/search", with_one_beside)
        await pia.page.goto(f"{service.base_url}/library/why?query=How+much+cash+may+a+branch+hold%3F&k=3")
        await expect(pia.page.get_by_text("2 passages as of")).to_contain_text("and 1 beside them to complete what is")
        beside = pia.page.get_by_role("article", name="Passage 3", exact=True)
        await expect(beside).to_contain_text("Completes passage 1, which is cut off.")
        await expect(beside).to_contain_text("with no score of its own")
        await expect(beside.get_by_role("row").filter(has_text="Learned order")).to_contain_text("drops out")
        await expect(beside.get_by_role("row").filter(has_text="Neighbours")).to_contain_text("comes in")
        await expect(pia.page.get_by_text("which is cut off")).to_have_count(1)
        assert await pia.page.evaluate(SIDEWAYS)
