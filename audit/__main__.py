"""`python -m audit verify | export | seal | key`: the ledger by command.

verify: 0 when everything holds, 1 when something does not (named), 2 when it can't look."""

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import httpx
from pydantic import ValidationError

from audit.chain import LOG_STREAM, Fault
from audit.notes import Note, NoteError, Verifier
from audit.pack import Parties, export
from audit.sealing import LogBroken, seal_all, tenant_key
from audit.trust import Trust
from audit.verify import Verification, verify
from audit.witness_client import Witness, WitnessClient, WitnessUnreachable
from core.clock import SystemClock
from core.database import Database
from core.errors import ProblemError, Unprocessable
from core.settings import Settings


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[Database]:
    database = await Database(settings.database_url.get_secret_value(), min_size=1, max_size=4).open()
    try:
        yield database
    finally:
        await database.close()


def _log_key(settings: Settings, arguments: argparse.Namespace, tenant: str) -> Verifier:
    """As it was given, for an auditor who has no secret; else that of the configured seed."""
    own = tenant_key(settings.audit_log_name, settings.audit_log_seed, tenant).verifier
    given = {key.name: key for key in map(Verifier.parse, arguments.log_key or ())}
    if given and own.name not in given:
        raise Unprocessable(
            f"No --log-key is that of {own.name}. Give it, or set AUDIT_LOG_NAME to what the log is called."
        )
    return given.get(own.name, own)


def _witnesses(settings: Settings, arguments: argparse.Namespace) -> tuple[Verifier, ...]:
    return tuple(Verifier.parse(text) for text in arguments.witness_key or settings.witness_keys)


async def _verify(settings: Settings, arguments: argparse.Namespace) -> int:
    kept = [Note.parse(path.read_bytes()) for path in arguments.checkpoint or ()]
    witnesses, status = _witnesses(settings, arguments), 0
    async with _opened(settings) as database, httpx.AsyncClient(trust_env=False) as http:
        for tenant in arguments.tenant or settings.tenants:
            log = _log_key(settings, arguments, tenant)
            seen = [note for note in kept if note.text.startswith(f"{log.name}\n")]
            if settings.witness_url and not arguments.offline:
                client = WitnessClient(http, Witness(settings.witness_url, witnesses), SystemClock())
                try:
                    last = await client.last_seen(log.name)
                except WitnessUnreachable as error:
                    print(f"{tenant}: the witness was not asked (or say --offline): {error}", file=sys.stderr)
                    status = status or 2
                else:
                    seen += [] if last is None else [last]
            result = await verify(database, tenant, Trust(log, witnesses, tuple(seen)), progress=_progress)
            _say(result)
            status = 1 if result.faults else status
    return status


def _say(result: Verification) -> None:
    print(f"{result.tenant}: {result.records} records in {result.streams} streams", end="")
    if result.sealed:
        print(f", {result.sealed} sealed, {result.cosigned} cosigned", end="")
    print(", all intact" if not result.faults else f", {len(result.faults)} BROKEN")
    for fault in result.faults:
        print(f"  {_place(fault)}: {fault.reason}")


def _place(fault: Fault) -> str:
    return f"the log at {fault.seq}" if fault.stream == LOG_STREAM else f"{fault.stream}, record {fault.seq}"


def _progress(records: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{records} records")


async def _seal(settings: Settings, arguments: argparse.Namespace) -> int:
    async with _opened(settings) as database:
        for tenant in arguments.tenant or settings.tenants:
            key = tenant_key(settings.audit_log_name, settings.audit_log_seed, tenant)
            sealed = await seal_all(database, tenant, key, SystemClock().now())
            print(f"{tenant}: {sealed.added} records sealed, {sealed.size} in the log")
    return 0


async def _export(settings: Settings, arguments: argparse.Namespace) -> int:
    parties = Parties(_log_key(settings, arguments, arguments.tenant), _witnesses(settings, arguments))
    async with _opened(settings) as database:
        pack = await export(database, arguments.tenant, arguments.run, parties, SystemClock().now())
    arguments.out.write_bytes(pack)
    print(f"wrote {arguments.out}; check it with: python verify.py inside it")
    return 0


async def _key(settings: Settings, arguments: argparse.Namespace) -> int:
    for tenant in arguments.tenant or settings.tenants:
        print(tenant_key(settings.audit_log_name, settings.audit_log_seed, tenant).verifier)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m audit", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    verifying = commands.add_parser("verify", help="check every chain, the log over them and who signed it")
    exporting = commands.add_parser("export", help="write the evidence pack of a run")
    sealing = commands.add_parser("seal", help="give every waiting record its position now")
    keys = commands.add_parser("key", help="print the verifier key of each tenant's log, for its witness")
    for command, run in ((verifying, _verify), (exporting, _export), (sealing, _seal), (keys, _key)):
        command.set_defaults(command_run=run)
    for command in (verifying, sealing, keys):
        command.add_argument("--tenant", action="append", help="only this tenant (default: all configured)")
    for command in (verifying, exporting):
        command.add_argument("--log-key", action="append", metavar="KEY", help="trust this verifier key of a log")
        command.add_argument("--witness-key", action="append", metavar="KEY", help="trust this witness, and no other")
    verifying.add_argument(
        "--checkpoint", action="append", type=Path, metavar="FILE", help="a cosigned checkpoint that you have kept"
    )
    verifying.add_argument("--offline", action="store_true", help="do not ask the witness what it has seen")
    exporting.add_argument("run", type=UUID, help="the run's id")
    exporting.add_argument("--tenant", required=True)
    exporting.add_argument("--out", type=Path, default=Path("pack.zip"), help="default: %(default)s")
    return parser


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        return asyncio.run(arguments.command_run(Settings(), arguments))
    except ProblemError as error:
        print(error.detail, file=sys.stderr)
    except ValidationError as error:
        print(f"The settings are wrong: {error}", file=sys.stderr)
    except NoteError as error:
        print(f"A key or a checkpoint is not one: {error}", file=sys.stderr)
    except LogBroken as error:
        print(f"The log can't be sealed: {error}", file=sys.stderr)
    except OSError as error:
        print(error, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
