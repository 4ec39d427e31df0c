"""Anna asks for something to be done, others sign it in browsers of their own, and the bank has it once."""

import pytest
from playwright.async_api import expect

from evals.service import Service
from tests.browser.act import (
    PHONE,
    Bank,
    Enter,
    approval_of,
    call_api,
    detail,
    let_time_pass,
    open_request,
    request_act,
)

pytestmark = pytest.mark.browser

SIDEWAYS = "document.documentElement.scrollWidth <= innerWidth"


async def test_a_note_is_signed_by_another_and_stands_in_the_bank_once(enter: Enter, bank: Bank) -> None:
    anna, sam = await enter("Anna Keller"), await enter("Sam Okafor", "/approvals")
    note = "address proof is missing, customer informed by phone"
    card = await request_act(anna, f"Add a note to case C-1042: {note}")
    await expect(card).to_contain_text(note)
    await expect(card).to_contain_text("Waiting for another person’s signature")
    await expect(anna.page.locator("#holds")).to_contain_text("waits for a signature")
    await expect(anna.page.locator("#send")).to_be_disabled()
    assert await bank.notes("C-1042", note) == []
    await anna.page.reload()
    await expect(card).to_contain_text("Waiting for another person’s signature")

    approval_id = await approval_of(card)
    seen = await open_request(sam, approval_id)
    await expect(sam.page.locator("#to-sign")).to_be_visible()
    await expect(seen.locator(".asked")).to_contain_text("Anna Keller")
    await expect(seen.locator("blockquote").first).to_have_text(f"Add a note to case C-1042: {note}")
    await expect(seen.locator(".act")).to_contain_text("In Core Banking now")
    await expect(seen.locator(".act")).to_contain_text("Miriam Osei (31-7750)")
    await expect(seen.locator(".act .change b")).to_have_text("afterwards one more")
    await expect(seen.locator(".promise")).to_contain_text("It will be done once, in your and Anna’s name.")
    await sam.page.keyboard.press("a")
    await expect(seen.locator(".outcome")).to_contain_text("You signed")
    await expect(seen.locator(".outcome")).to_contain_text("It was done, once.")
    await expect(sam.page.locator(f'a.item[href="/approvals/{approval_id}"]')).to_have_count(0)

    receipt = anna.page.locator("section.receipt")
    await expect(receipt).to_contain_text("The note was added to case C-1042")
    await expect(receipt).to_contain_text("Signed by Sam Okafor")
    assert await anna.page.get_by_text("Policy of").count() == 0
    await expect(anna.page.locator("#holds")).to_be_hidden()
    await receipt.locator("button.ref").last.click()
    await expect(anna.page.get_by_role("region", name="Source")).to_contain_text("Done in the bank’s system")
    assert await bank.notes("C-1042", note) == ["anna"]

    await anna.page.reload()
    await expect(receipt).to_contain_text("Signed by Sam Okafor")
    await anna.page.get_by_role("link", name="My requests").click()
    await expect(anna.page.locator(f'li[data-approval="{approval_id}"]')).to_contain_text("Done")


async def test_what_one_changes_another_signs(enter: Enter, bank: Bank) -> None:
    anna = await enter("Anna Keller")
    sam, sofia = await enter("Sam Okafor", "/approvals"), await enter("Sofia Lindqvist", "/approvals")
    card = await request_act(anna, "Add a note to case C-1043: the customer disputes two payments")
    first = await approval_of(card)
    seen = await open_request(sam, first)
    await sam.page.keyboard.press("e")
    field = seen.get_by_role("textbox", name="Note")
    sam.refusals.add(422)
    await field.fill("x" * 5000)
    await field.evaluate("field => { field.removeAttribute('maxlength'); field.value = 'x'.repeat(5000); }")
    await seen.get_by_role("button", name="Send the changed request").click()
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(seen.locator(".field .wrong").last).to_contain_text("too long")
    await field.fill("the customer disputes three payments")
    await seen.get_by_role("button", name="Send the changed request").click()
    await expect(seen.locator(".asked")).to_contain_text("Asked and changed by Anna Keller and you")
    await expect(seen).to_contain_text("another person")
    await expect(seen.get_by_role("button", name="Approve")).to_have_count(0)

    await expect(anna.page.locator("section.proposal")).to_have_count(1)
    await expect(card).to_contain_text("the customer disputes three payments")
    await expect(card).to_contain_text("Sam Okafor")
    second = await approval_of(card)
    assert second != first
    status, changed = await call_api(sam, "GET", f"/v1/approvals/{second}")
    assert status == 200
    sam.refusals.add(403)
    sign = {"decision": "approve", "digest": changed["digest"]}
    status, problem = await call_api(sam, "POST", f"/v1/approvals/{second}/decision", sign)
    assert (status, problem["code"]) == (403, "forbidden")

    await open_request(sofia, second)
    await sofia.page.get_by_role("button", name="Approve", exact=True).click()
    await expect(anna.page.locator("section.receipt")).to_contain_text("Signed by Sofia Lindqvist")
    assert await bank.notes("C-1043", "the customer disputes three payments") == ["anna"]
    assert await bank.notes("C-1043", "the customer disputes two payments") == []


async def test_who_asked_reads_why_it_was_not_signed(enter: Enter, bank: Bank) -> None:
    anna, sam = await enter("Anna Keller"), await enter("Sam Okafor", "/approvals")
    card = await request_act(anna, "Add a note to case C-1058: the complaint is settled")
    approval_id = await approval_of(card)
    await anna.page.goto(f"{anna.base_url}/library")
    seen = await open_request(sam, approval_id)
    await sam.page.keyboard.press("r")
    await seen.get_by_role("button", name="Reject").click()
    await expect(seen.locator("form .wrong")).to_contain_text("Give the reason")
    await sam.page.keyboard.type("The letter to the customer is not out yet.")
    await expect(sam.page.locator("#tally")).to_contain_text("waiting")
    async with sam.page.expect_response("**/v1/approvals?*"):
        pass
    # Half-written words outlive a look at the queue.
    await expect(seen.get_by_role("textbox")).to_have_value("The letter to the customer is not out yet.")
    await seen.get_by_role("button", name="Reject").click()
    await expect(seen.locator(".outcome")).to_contain_text("You did not sign")

    await expect(anna.page.locator("#news")).to_contain_text("1")
    await anna.page.get_by_role("link", name="My requests").click()
    row = anna.page.locator(f'li[data-approval="{approval_id}"]')
    await expect(row).to_contain_text("Not signed")
    await expect(row).to_contain_text("The letter to the customer is not out yet.")
    await expect(row.locator(".dot")).to_be_visible()
    await expect(anna.page.locator("#news")).to_be_hidden()
    await row.get_by_role("link", name="Open the conversation").click()
    ending = anna.page.locator("article section.notice")
    await expect(ending).to_contain_text("Sam Okafor did not sign this.")
    await expect(ending).to_contain_text("The letter to the customer is not out yet.")
    assert await bank.notes("C-1058", "the complaint is settled") == []


async def test_what_nobody_signs_in_time_is_over(enter: Enter, bank: Bank, service: Service) -> None:
    anna, sam = await enter("Anna Keller"), await enter("Sam Okafor", "/approvals")
    card = await request_act(anna, "Add a note to case C-1060: the alert was false")
    approval_id = await approval_of(card)
    seen = await open_request(sam, approval_id)
    await let_time_pass(service, approval_id)
    await expect(seen.locator(".outcome")).to_contain_text("Not signed in time")
    await expect(seen.get_by_role("button", name="Approve")).to_have_count(0)
    await expect(anna.page.locator("article section.notice")).to_contain_text("Nobody signed in time.")
    await expect(anna.page.locator("#holds")).to_be_hidden()
    assert await bank.notes("C-1060", "the alert was false") == []


async def test_whoever_asked_can_not_sign_but_can_take_it_back(enter: Enter, bank: Bank) -> None:
    anna = await enter("Anna Keller")
    card = await request_act(anna, "Add a note to case C-1063: income is proven")
    approval_id = await approval_of(card)
    await anna.page.goto(f"{anna.base_url}/approvals/{approval_id}")
    seen = detail(anna.page)
    await expect(seen).to_contain_text("another person decides")
    await expect(seen.get_by_role("button", name="Approve")).to_have_count(0)
    await expect(seen.get_by_role("button", name="Edit")).to_have_count(0)
    _, own = await call_api(anna, "GET", f"/v1/approvals/{approval_id}")
    anna.refusals.add(403)
    for body in ({"decision": "approve"}, {"decision": "reject", "reason": "no"}, {"decision": "edit", "args": {}}):
        sent = {**body, "digest": own["digest"]}
        status, problem = await call_api(anna, "POST", f"/v1/approvals/{approval_id}/decision", sent)
        assert (status, problem["code"]) == (403, "forbidden"), body
    await seen.get_by_role("button", name="Withdraw").click()
    await expect(seen.locator(".outcome")).to_contain_text("Withdrawn")
    assert await bank.notes("C-1063", "income is proven") == []


async def test_the_other_bank_sees_nothing(enter: Enter) -> None:
    anna, sasha = await enter("Anna Keller"), await enter("Sasha Ruiz", "/approvals")
    card = await request_act(anna, "Add a note to case C-1042: a matter of Harbour Bank alone")
    approval_id = await approval_of(card)
    _, own = await call_api(anna, "GET", f"/v1/approvals/{approval_id}")
    await expect(sasha.page.locator("#note")).to_contain_text("Nothing waits for your signature")
    sasha.refusals.add(404)
    sign = {"decision": "approve", "digest": own["digest"]}
    assert (await call_api(sasha, "GET", f"/v1/approvals/{approval_id}"))[0] == 404
    assert (await call_api(sasha, "POST", f"/v1/approvals/{approval_id}/decision", sign))[0] == 404
    await sasha.page.goto(f"{sasha.base_url}/approvals/{approval_id}")
    await expect(detail(sasha.page)).to_contain_text("This request isn’t here")
    assert "Harbour Bank alone" not in await sasha.page.content()
    await card.get_by_role("button", name="Withdraw").click()
    await expect(anna.page.locator("article section.notice")).to_contain_text("Withdrawn.")


async def test_a_high_limit_takes_two(enter: Enter, bank: Bank) -> None:
    omar = await enter("Omar Haddad")
    sam, sofia = await enter("Sam Okafor", "/approvals"), await enter("Sofia Lindqvist", "/approvals", PHONE)
    before = await bank.limit("23-5518", "daily_transfer")
    card = await request_act(omar, "Change the daily transfer limit of customer 23-5518 to $15,000")
    await expect(card).to_contain_text("Waiting for the signatures of two other persons")
    approval_id = await approval_of(card)
    seen = await open_request(sam, approval_id)
    await expect(seen.locator(".promise")).to_contain_text("One more person signs after you.")
    await sam.page.keyboard.press("Shift+A")
    await expect(card).to_contain_text("Signed by Sam Okafor. Waiting for one more signature.")
    assert await bank.limit("23-5518", "daily_transfer") == before

    page = sofia.page
    row = page.locator(f'a.item[href="/approvals/{approval_id}"]')
    await expect(row).to_contain_text("1 of 2 signed")
    await expect(detail(page)).to_be_hidden()
    await open_request(sofia, approval_id)
    await expect(row).to_be_hidden()
    assert await page.evaluate(SIDEWAYS), "nothing sticks out sideways"
    await expect(detail(page)).to_contain_text("Sam Okafor signed")
    await page.get_by_role("button", name="Approve", exact=True).click()
    await expect(detail(page).locator(".outcome")).to_contain_text("It was done, once.")
    await page.get_by_role("link", name="All requests").click()
    await expect(row).to_have_count(0)
    await expect(omar.page.locator("section.receipt")).to_contain_text("Signed by Sam Okafor and Sofia Lindqvist")
    assert await bank.limit("23-5518", "daily_transfer") == 15_000


async def test_a_task_of_ones_own_is_confirmed_where_it_was_asked(enter: Enter) -> None:
    anna = await enter("Anna Keller")
    card = await request_act(anna, "Create a task: call back about the utility bill")
    await card.get_by_role("button", name="Change").click()
    await card.get_by_role("textbox", name="Task").fill("Call back about the electricity bill")
    await card.get_by_role("button", name="Use these").click()
    await expect(card).to_contain_text("Call back about the electricity bill")
    await expect(card.get_by_role("heading")).to_be_focused()
    await anna.page.keyboard.press("Tab")
    await anna.page.keyboard.press("Enter")
    receipt = anna.page.locator("section.receipt")
    await expect(receipt).to_contain_text("Call back about the electricity bill")
    await expect(receipt).to_contain_text("Confirmed by you")

    card = await request_act(anna, "Create a task: order new forms")
    await card.get_by_role("button", name="Don’t do it").click()
    await expect(anna.page.locator("article").last.locator("section.notice")).to_contain_text(
        "Not done, as you wished."
    )
