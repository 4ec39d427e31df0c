"""`python -m audit verify [--tenant T]`: exit status 0 when every chain holds, 1 when one does not, 2 when
it can't look."""

import argparse
import asyncio
import sys

from pydantic import ValidationError

from audit.verify import Verification, verify
from core.database import Database
from core.errors import ProblemError
from core.settings import Settings


async def _verify(settings: Settings, tenants: list[str]) -> list[Verification]:
    database = await Database(settings.database_url.get_secret_value(), min_size=1, max_size=2).open()
    try:
        return [await verify(database, tenant) for tenant in tenants]
    finally:
        await database.close()


def _tenants(settings: Settings) -> list[str]:
    return sorted({tenant for issuer in settings.oidc_issuers for tenant in issuer.tenants})


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m audit", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    verifying = commands.add_parser("verify", help="check every chain")
    verifying.add_argument("--tenant", action="append", help="only this tenant (default: all configured)")
    arguments = parser.parse_args(argv)
    try:
        settings = Settings()
        results = asyncio.run(_verify(settings, arguments.tenant or _tenants(settings)))
    except ProblemError as error:
        print(error.detail, file=sys.stderr)
        return 2
    except ValidationError as error:
        print(f"The settings are wrong: {error}", file=sys.stderr)
        return 2
    for result in results:
        print(f"{result.tenant}: {result.records} records in {result.streams} streams", end="")
        print(", all intact" if not result.faults else f", {len(result.faults)} BROKEN")
        for fault in result.faults:
            print(f"  {fault.stream}, record {fault.seq}: {fault.reason}")
    return 1 if any(result.faults for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
