"""Anna signs in, asks, follows a sentence to the marked page, is told where there is no answer, and leaves."""

import re

import pytest
from playwright.async_api import expect

from core.settings import SANDBOX_EXAMPLES
from evals.service import Service
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

CASH, REPLACEMENT, _ = SANDBOX_EXAMPLES["harbour"]
PAY = "What happens to the pay of an employee during a disciplinary suspension?"

# Highlighter yellow lets red and green through and holds blue back; paper and letters are grey.
HIGHLIGHTED = """image => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let yellow = 0;
    for (let at = 0; at < data.length; at += 4) if (data[at] - data[at + 2] > 100) yellow += 1;
    return { width: canvas.width, height: canvas.height, share: yellow / (canvas.width * canvas.height) };
}"""


async def test_a_sentence_leads_to_its_marked_page(anna: Visit) -> None:
    page = anna.page
    await anna.ask(CASH)
    turn = page.locator("article").last
    stages = turn.get_by_role("list", name="Progress").get_by_role("listitem")
    found = re.compile(r"^\d+ passages from \d documents?$")
    await expect(stages).to_have_text(["Understood", found, "Checked against its sources"])
    claim = turn.locator("li.claim").first
    await expect(claim).to_contain_text("2,000")
    await claim.locator("button.ref").first.click()

    source = page.get_by_role("region", name="Source")
    await expect(source.get_by_role("heading", level=2)).to_have_text("Circular 11: Cash deposits and withdrawals")
    await expect(source).to_contain_text("Edition 3")
    image = source.get_by_role("img")
    await expect(image).to_have_attribute(
        "alt", "Page 1 of Circular 11: Cash deposits and withdrawals, with the passage marked"
    )
    await expect(image).to_have_js_property("complete", True)
    drawn = await image.evaluate(HIGHLIGHTED)
    assert drawn["width"] >= 1190, "an A4 page at 144 dpi"
    assert 0.001 < drawn["share"] < 0.2, "a passage is marked, not the page"


async def test_a_source_without_pages_shows_its_text_with_the_sentence_marked(anna: Visit) -> None:
    await anna.ask(REPLACEMENT)
    claim = anna.page.locator("li.claim").first
    await claim.locator("button.ref").first.click()
    source = anna.page.get_by_role("region", name="Source")
    await expect(source.get_by_role("heading", level=2)).to_have_text("Circular 42: Lost and stolen cards")
    mark = source.locator("mark").first
    await expect(mark).to_be_in_viewport()
    await expect(mark).to_contain_text("the card is not posted")
    assert await source.get_by_role("img").count() == 0


async def test_a_quoted_row_of_a_table_gets_the_names_of_its_columns(anna: Visit) -> None:
    passage = "2.4 The rule.\nTransaction | ID above\nWithdrawal | USD 2,000\nDeposit | USD  5,000\n2.5 More."

    async def columns_of(row: str) -> list[str] | None:
        names: list[str] | None = await anna.page.evaluate(
            'async ([passage, row]) => (await import("/static/row.js")).columnsOf(passage, row)', [passage, row]
        )
        return names

    for row, expected in {
        "Withdrawal | USD 2,000": ["Transaction", "ID above"],
        "Deposit | USD 5,000": ["Transaction", "ID above"],
        "Transaction | ID above": None,
        "Withdrawal | USD 9,000": None,
        "2.5 More.": None,
    }.items():
        assert await columns_of(row) == expected, row


async def test_a_follow_up_belongs_to_its_conversation(anna: Visit) -> None:
    page = anna.page
    await anna.ask(CASH)
    await anna.ask("And on deposits by the account holder?")
    await expect(page.locator("article")).to_have_count(2)
    await expect(page.locator("article").last.get_by_role("list", name="Answer")).to_contain_text("USD 5,000")
    await expect(page.get_by_role("region", name="Conversations").get_by_role("listitem")).not_to_have_count(0)
    await page.reload()
    await expect(page.locator("article")).to_have_count(2)
    await expect(page.locator("article").last.get_by_role("list", name="Answer")).to_contain_text("USD 5,000")


async def test_each_question_offered_is_answered(anna: Visit) -> None:
    page = anna.page
    for example in SANDBOX_EXAMPLES["harbour"]:
        await page.get_by_role("button", name="New question").click()
        await page.get_by_role("button", name=example).click()
        await expect(page.get_by_role("heading", level=2, name=example)).to_be_visible()
        await expect(page.locator("article footer.basis")).to_be_visible()


async def test_no_answer_is_a_card_that_says_what_to_do(anna: Visit) -> None:
    await anna.ask(PAY)
    turn = anna.page.locator("article").last
    card = turn.locator("section.card")
    await expect(card).to_contain_text("What to do:")
    await expect(card.get_by_role("button", name="Rephrase")).to_be_visible()
    assert await turn.locator("li.claim").count() == 0
    assert "HR Procedure" not in await anna.page.content()
    await card.get_by_role("button", name="Rephrase").click()
    await expect(anna.page.get_by_label("Your question")).to_have_value(PAY)


async def test_the_library_lists_what_she_may_read_and_she_signs_out(anna: Visit, service: Service) -> None:
    page = anna.page
    await page.get_by_role("link", name="Library").click()
    titles = page.locator("li.doc .title")
    await expect(titles).to_have_text(
        [
            "Circular 11: Cash deposits and withdrawals",
            "Circular 15: Accounts for minors",
            "Circular 41: Disputed card payments",
            "Circular 42: Lost and stolen cards",
        ]
    )
    await titles.nth(2).click()
    await expect(page.get_by_role("img").first).to_have_js_property("complete", True)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    await page.goto(f"{service.base_url}/library")
    await expect(page.get_by_role("link", name="Sign in with your bank account")).to_be_visible()


async def test_on_a_phone_the_source_opens_over_the_answer(anna_on_a_phone: Visit) -> None:
    page = anna_on_a_phone.page
    await anna_on_a_phone.ask(CASH)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
    await page.locator("li.claim button.ref").first.click()
    source = page.locator("#source")
    await expect(source.get_by_role("img")).to_be_in_viewport()
    await source.get_by_role("button", name="Close").click()
    await expect(page.locator("li.claim").first).to_be_in_viewport()
