"""The whole story: anna asks and acts, sam signs, carla finds the run, replays it, takes its evidence away, and sees
one byte changed in the database."""

import subprocess
import sys
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Locator, Page, expect

from core.settings import SANDBOX_EXAMPLES
from deploy.embedded_postgres import APP_ROLE
from deploy.migrate import DatabaseUrls
from evals.service import Service
from tests.browser.act import PHONE, Bank, Enter, approval_of, call_api, open_request, request_act
from tests.browser.visit import Visit
from tests.superuser import superuser

pytestmark = pytest.mark.browser

POLICY = SANDBOX_EXAMPLES["harbour"][0]
NOTE = "proof of address is missing since the move"
SIDEWAYS = "document.documentElement.scrollWidth <= innerWidth"
SUPERUSER = "postgres"
PAGES = ("overview", "runs", "abstentions", "access", "integrity")


def seal(page: Page) -> Locator:
    """The banner about the ledger."""
    return page.get_by_role("region", name="State of the ledger")


def story(page: Page) -> Locator:
    return page.get_by_role("region", name="What happened")


async def add_filter(page: Page, name: str, value: str) -> None:
    """As somebody does who uses no mouse."""
    await page.keyboard.press("/")
    await page.get_by_role("button", name=name, exact=True).press("Enter")
    field = page.get_by_label(name, exact=True)
    if await field.evaluate("field => field instanceof HTMLSelectElement"):
        await field.select_option(value)
    else:
        await field.fill(value)
    await page.get_by_role("button", name="Show runs").press("Enter")


async def find_run(visit: Visit, filters: dict[str, str], question: str) -> None:
    """Find a run by filters and open it."""
    await visit.page.goto(f"{visit.base_url}/audit/runs")
    for name, value in filters.items():
        await add_filter(visit.page, name, value)
    await visit.page.locator("#runs:not([aria-busy]) a.run-row", has_text=question).first.click()
    await expect(story(visit.page).get_by_role("heading", level=1)).to_have_text(f"“{question}”")


async def ask_act_and_sign(enter: Enter) -> str:
    """Anna asks a policy question and has a note added, which sam signs; the words of her request."""
    anna, sam = await enter("Anna Keller"), await enter("Sam Okafor", "/approvals")
    await anna.ask(POLICY)
    request = f"Add a note to case C-1042: {NOTE}"
    approval_id = await approval_of(await request_act(anna, request))
    await open_request(sam, approval_id)
    await sam.page.keyboard.press("a")
    await expect(anna.page.locator("section.receipt")).to_contain_text("Signed by Sam Okafor")
    return request


@contextmanager
def one_byte_altered(service: Service, run_id: UUID) -> Generator[tuple[str, int]]:
    """As the database's superuser: one digit of one record of the run is another; the record's stream and number."""
    app = service.environment["DATABASE_URL"]
    urls = DatabaseUrls(admin=app.replace(APP_ROLE, SUPERUSER), owner="", app=app)
    flip = """UPDATE app.audit_records SET body = jsonb_set(body, '{digest}', to_jsonb(
                  translate(left(body ->> 'digest', 1), '0123456789abcdef', '1032547698badcfe')
                  || substr(body ->> 'digest', 2)))
              WHERE run_id = %s AND kind = 'approval.requested' RETURNING stream, seq"""
    with superuser(urls) as conn:
        conn.execute("SET session_replication_role = replica")  # past the triggers that keep records as they are
        changed = conn.execute(flip, (run_id,)).fetchone()
        assert changed is not None
        try:
            yield changed[0], changed[1]
        finally:
            conn.execute(flip, (run_id,))


def verify_on_a_clean_python(pack: Path, folder: Path) -> str:
    """Run the pack's own script without our packages, our settings and our folder."""
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(folder)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py"], cwd=folder, env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_personal_data_is_shown_where_it_is_asked_for(enter: Enter) -> None:
    anna = await enter("Anna Keller")
    await anna.ask(f"{POLICY} It is about card 4111 1111 1111 1111.")
    carla = await enter("Carla Mendes", "/audit/runs")
    page = carla.page
    await find_run(carla, {"Person": "anna"}, f"{POLICY} It is about card [card number 1].")
    await page.get_by_role("button", name="Show personal data").press("Enter")
    await expect(story(page).get_by_role("heading", level=1)).to_contain_text("4111 1111 1111 1111")
    await expect(story(page)).to_contain_text("This look is on record.")


async def test_the_whole_story(enter: Enter, bank: Bank, service: Service, tmp_path: Path) -> None:
    request = await ask_act_and_sign(enter)
    assert await bank.notes("C-1042", NOTE) == ["anna"]

    carla = await enter("Carla Mendes", "/audit/runs")
    page = carla.page
    await expect(seal(page)).to_contain_text("Nothing altered")
    await find_run(carla, {"Person": "anna", "Outcome": "answered"}, POLICY)
    evidence = page.get_by_role("region", name="Answer and evidence")
    await expect(evidence).to_contain_text("Circular 11: Cash deposits and withdrawals")
    await expect(evidence).to_contain_text("2,000")

    await find_run(carla, {"Case": "C-1042"}, request)
    assert page.url.endswith("?case=C-1042")
    await expect(story(page)).to_contain_text("Asked by Anna Keller, Branch 001")
    await expect(story(page)).to_contain_text("Signed by Sam Okafor")
    await expect(story(page)).to_contain_text("Done once in Core Banking")
    await expect(page.get_by_role("region", name="Request 1 for a signature")).to_contain_text(NOTE)
    await expect(page.get_by_role("img", name="The run passed: screen, then understand, then act")).to_be_visible()

    await page.get_by_role("button", name="Replay", exact=True).click()
    await expect(page.get_by_role("complementary").get_by_text("Identical ·")).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Export evidence pack").click()
    pack = tmp_path / "pack.zip"
    await (await download.value).save_as(pack)
    said = verify_on_a_clean_python(pack, tmp_path / "pack")
    assert "verified" in said

    run_id = UUID(await page.locator("main").get_attribute("data-run"))
    with one_byte_altered(service, run_id) as (stream, seq):
        await seal(page).get_by_role("button", name="Verify now").click()
        await expect(seal(page)).to_contain_text("ALTERED")
        named = seal(page).locator(f'li[data-stream="{stream}"][data-seq="{seq}"]')
        await expect(named).to_contain_text(f"Record {seq} of conversation")
        await expect(story(page).locator("li.altered")).to_have_attribute("data-seq", str(seq))
        await page.reload()
        await expect(story(page).locator("li.altered")).to_contain_text("ALTERED")


async def test_only_who_audits_sees_the_record(enter: Enter) -> None:
    anna = await enter("Anna Keller")
    await expect(anna.page.get_by_role("link", name="Runs", exact=True)).to_have_count(0)
    anna.refusals.add(403)
    for path in ("runs", "overview", "integrity", "access?user=omar&document=cash-handling&on=2026-11-20"):
        assert (await call_api(anna, "GET", f"/v1/audit/{path}"))[0] == 403, path
    for page in PAGES:
        reply = await anna.page.request.get(f"{anna.base_url}/audit/{page}")
        assert reply.status == 403, page


async def test_on_a_phone_nothing_sticks_out(enter: Enter) -> None:
    anna = await enter("Anna Keller")
    await anna.ask(POLICY)
    carla = await enter("Carla Mendes", "/audit/runs", PHONE)
    for name in PAGES:
        await carla.page.goto(f"{carla.base_url}/audit/{name}")
        await expect(carla.page.get_by_role("heading", level=1)).to_have_count(1)
        await carla.page.wait_for_load_state("networkidle")
        assert await carla.page.evaluate(SIDEWAYS), name
    await find_run(carla, {"Person": "anna"}, POLICY)
    assert await carla.page.evaluate(SIDEWAYS), "the run"


async def test_whether_somebody_could_read_a_document_that_day(enter: Enter) -> None:
    carla = await enter("Carla Mendes", "/audit/access")
    page = carla.page
    await enter("Anna Keller")  # so that her roles are on record
    await page.get_by_label("Person").fill("anna")
    for document, verdict in (("cash-handling", "Could read it"), ("hr-disciplinary", "Could not read it")):
        await page.get_by_label("Document").fill(document)
        await page.get_by_role("button", name="Find out").click()
        await expect(page.get_by_role("region", name="Result")).to_contain_text(verdict)
        await expect(page.get_by_role("region", name="Result")).to_contain_text("Anna Keller")


async def test_the_overview_counts_with_a_table_behind_each_plot(enter: Enter) -> None:
    anna = await enter("Anna Keller")
    await anna.ask(POLICY)
    carla = await enter("Carla Mendes", "/audit/overview")
    plot = carla.page.get_by_role("region", name="Plot: Runs by day and outcome")
    await expect(plot.get_by_role("img")).to_be_visible()
    await carla.page.get_by_text("The figures as a table").first.click()
    figures = carla.page.get_by_role("region", name="Figures: Runs by day and outcome")
    await figures.get_by_role("link").first.click()
    await expect(carla.page.locator("a.run-row", has_text=POLICY).first).to_be_visible()
    assert "from=" in carla.page.url
