"""`python -m jobs erase | retain`: erase one conversation, or all that are older than the bank keeps them."""

import argparse
import getpass
from collections.abc import Callable
from uuid import UUID

from core.clock import Clock, SystemClock
from core.database import Database
from core.errors import Unavailable
from core.principal import Principal
from core.settings import Settings
from jobs.erasure import store
from jobs.erasure.erasing import erase
from jobs.erasure.models import Erased, ErasureReason
from jobs.erasure.retention import find_due, retain

NO_OWNER = "Set DATABASE_OWNER_URL: only the owner of the tables can rewrite them."
AGAIN = (
    "Everything is erased, but the tables were not rewritten, so their files may still hold the destroyed key. "
    "Run `python -m jobs erase` for it again to have them rewritten."
)

Say = Callable[[str], None]


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare both commands."""
    erasing = commands.add_parser("erase", help="destroy the key of a conversation: nobody reads its texts again")
    erasing.add_argument("--tenant", required=True, help="whose conversation")
    erasing.add_argument("--thread", required=True, type=UUID, nargs="+", metavar="ID", help="as in its address")
    erasing.add_argument("--reason", required=True, type=ErasureReason, choices=list(ErasureReason))
    retaining = commands.add_parser("retain", help="show, or erase, conversations older than they are kept")
    retaining.add_argument("--tenant", required=True, help="whose conversations")
    retaining.add_argument("--days", required=True, type=_days, metavar="N", help="kept after their last run ended")
    retaining.add_argument("--erase", action="store_true", help="really erase them; else only show how many")
    for parser in (erasing, retaining):
        parser.add_argument("--by", default=f"operator:{getpass.getuser()}", metavar="WHO", help="for the record")


async def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Do what was asked for, and say it. Raises `NotFound`, `Conflict`, and `Unavailable`, also where the
    tables could not be rewritten after the erasure."""
    database = await Database(settings.database_url.get_secret_value(), min_size=1, max_size=2).open()
    owner_url = settings.database_owner_url.get_secret_value()
    try:
        command = _erase if arguments.command == "erase" else _retain
        return await command(database, owner_url, arguments, SystemClock(), print)
    finally:
        await database.close()


async def _erase(database: Database, owner_url: str, arguments: argparse.Namespace, clock: Clock, say: Say) -> int:
    threads: list[UUID] = arguments.thread
    for thread_id in threads:
        async with database.transaction(Principal.system(arguments.tenant)) as tx:
            erased = await erase(tx, thread_id, actor=arguments.by, reason=arguments.reason, now=clock.now())
        say(_told(erased))
    return await _clean(owner_url, say)


async def _retain(database: Database, owner_url: str, arguments: argparse.Namespace, clock: Clock, say: Say) -> int:
    tenant, days = arguments.tenant, arguments.days
    if not arguments.erase:
        found = await find_due(database, tenant, days=days, now=clock.now())
        say(f"{_count(len(found.due), 'conversation')} would be erased. Nothing was; add --erase to do it.")
        return 0
    done = await retain(database, tenant, days=days, actor=arguments.by, now=clock.now())
    for erased in done.erased:
        say(_told(erased))
    say(f"{_count(len(done.erased), 'conversation')} erased, {len(done.busy)} left because somebody went on with them.")
    return await _clean(owner_url, say) if done.erased else 0


def _told(erased: Erased) -> str:
    """One line each, to be kept beside the backups: who puts an older one back has to erase these again."""
    if erased.before:
        return f"{erased.thread_id} was erased before."
    cancelled = f", {erased.cancelled} of them cancelled" if erased.cancelled else ""
    return f"{erased.thread_id} erased, with {_count(erased.runs, 'run')}{cancelled}."


async def _clean(owner_url: str, say: Say) -> int:
    if not owner_url:
        raise Unavailable(f"{NO_OWNER} {AGAIN}")
    try:
        await store.clean(owner_url)
    except Unavailable as problem:
        raise Unavailable(f"{problem.detail} {AGAIN}") from problem
    say("The tables were rewritten. Older backups and archived WAL still hold the key until they are gone.")
    return 0


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _days(text: str) -> int:
    days = int(text)
    if days < 1:
        raise argparse.ArgumentTypeError("a day at least")
    return days
