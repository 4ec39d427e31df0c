"""What has no answer: the asker is told what is missing and whom to ask, and compliance finds it by topic."""

import pytest
from playwright.async_api import expect

from tests.browser.act import PHONE, Enter

pytestmark = pytest.mark.browser

QUESTIONS = (
    "Does the cash vault in Lisbon hold gold bars for customers?",
    "How many gold bars may the cash vault in Lisbon hold?",
)
SIDEWAYS = "document.documentElement.scrollWidth <= innerWidth"


async def test_a_gap_is_told_to_the_asker_and_found_by_compliance(enter: Enter) -> None:
    anna = await enter("Anna Keller", size=PHONE)
    for question in QUESTIONS:
        await anna.ask(question)
    card = anna.page.locator("article").last.locator("section.card")
    await expect(card.locator("p.missing")).to_have_text("No passage found for you names “Lisbon”.")
    await expect(card).to_contain_text("Whom to ask: the policy owner of")
    assert await anna.page.evaluate(SIDEWAYS)

    carla = await enter("Carla Mendes", "/audit/abstentions")
    topic = carla.page.locator("li.topic", has_text="gold")
    await expect(topic).to_contain_text("2 questions")
    await expect(topic).to_contain_text("Named thing not in the documents")
    await carla.page.keyboard.press("j")
    await expect(carla.page.locator("a.run-link").first).to_be_focused()
    await carla.page.set_viewport_size({"width": 360, "height": 740})
    assert await carla.page.evaluate(SIDEWAYS)
    await topic.locator("a.run-link").first.click()
    await expect(carla.page.get_by_role("region", name="What happened").get_by_role("heading", level=1)).to_have_text(
        f"“{QUESTIONS[1]}”"
    )
