"""Several people at once: two who sign the same, one who stops while another signs, a record that is only read."""

import pytest
from playwright.async_api import expect

from tests.browser.act import Bank, Enter, approval_of, open_request, request_act

pytestmark = pytest.mark.browser


async def test_of_two_who_sign_at_once_one_is_told(enter: Enter, bank: Bank) -> None:
    anna = await enter("Anna Keller")
    sam, sofia = await enter("Sam Okafor", "/approvals"), await enter("Sofia Lindqvist", "/approvals")
    card = await request_act(anna, "Add a note to case C-1042: seen by two at once")
    approval_id = await approval_of(card)
    mine, hers = await open_request(sam, approval_id), await open_request(sofia, approval_id)
    await sofia.page.route("**/v1/approvals?*", lambda route: route.abort())  # she is not told in time
    sofia.complaints.clear()
    await sam.page.keyboard.press("a")
    await expect(mine.locator(".outcome")).to_contain_text("It was done, once.")
    sofia.refusals.add(409)
    await sofia.page.keyboard.press("a")
    await expect(hers).to_contain_text("Somebody decided this before you.")
    await expect(hers).to_contain_text("Sam Okafor signed")
    await expect(hers.get_by_role("button", name="Approve")).to_have_count(0)
    sofia.complaints[:] = [each for each in sofia.complaints if "ERR_FAILED" not in each]
    assert await bank.notes("C-1042", "seen by two at once") == ["anna"]


async def test_the_record_is_read_and_shown_beside_the_answer(enter: Enter) -> None:
    anna = await enter("Anna Keller")
    await anna.ask("What is the state of case C-1051?")
    turn = anna.page.locator("article").last
    await expect(turn.get_by_role("list", name="Answer")).to_contain_text("waiting")
    await expect(turn.locator("footer.basis")).to_contain_text("Read from the bank’s system")
    await expect(turn.locator("footer.basis")).not_to_contain_text("Policy of")
    await turn.locator("button.ref").first.click()
    source = anna.page.get_by_role("region", name="Source")
    await expect(source).to_contain_text("Read from the bank’s system")
    await expect(source).to_contain_text("C-1051")


async def test_one_stops_and_two_restart(enter: Enter, bank: Bank) -> None:
    anna, sam = await enter("Anna Keller"), await enter("Sam Okafor", "/approvals")
    carla = await enter("Carla Mendes", "/approvals")
    card = await request_act(anna, "Add a note to case C-1042: asked for before the stop")
    approval_id = await approval_of(card)
    await carla.page.get_by_role("button", name="Stop something").click()
    await carla.page.get_by_label("Why").fill("Odd notes since this morning.")
    await carla.page.get_by_role("button", name="Stop now").click()
    stops = sam.page.get_by_role("region", name="Stop switch")
    await expect(stops).to_contain_text("Every change is stopped")
    await expect(stops).to_contain_text("Odd notes since this morning.")

    seen = await open_request(sam, approval_id)
    await sam.page.keyboard.press("a")
    await expect(seen.locator(".outcome")).to_contain_text("Signed, but not done")
    await expect(anna.page.locator("article section.notice")).to_contain_text("was not carried out")
    assert await bank.notes("C-1042", "asked for before the stop") == []

    await stops.get_by_role("button", name="Sign the restart").click()
    await expect(stops).to_contain_text("You signed the restart. One more person is needed.")
    await expect(stops.get_by_role("button", name="Sign the restart")).to_have_count(0)
    await carla.page.get_by_role("button", name="Sign the restart too").click()
    await expect(stops).to_contain_text("Nothing is stopped.")
