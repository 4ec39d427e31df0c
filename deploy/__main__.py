"""`python -m deploy local | bootstrap | migrate | env`: start a laptop, or prepare a database."""

import argparse
import asyncio
import base64
import os
import sys

import psycopg
from pydantic import ValidationError

from core.settings import ROOT, Settings
from deploy.local import CannotStart, env_file_for_development, run_locally
from deploy.migrate import DatabaseUrls, bootstrap, migrate, role_name


def _urls(settings: Settings) -> DatabaseUrls:
    urls = DatabaseUrls(
        admin=settings.database_admin_url.get_secret_value(),
        owner=settings.database_owner_url.get_secret_value(),
        app=settings.database_url.get_secret_value(),
    )
    if not urls.app or not urls.owner:
        raise CannotStart("Set DATABASE_URL and DATABASE_OWNER_URL first; see docs/operations.md.")
    return urls


def _run(command: str) -> None:
    if command == "local":
        asyncio.run(run_locally())
    elif command == "env":
        keys = [base64.b64encode(os.urandom(32)).decode() for _ in range(2)]
        if env_file_for_development(ROOT / ".env", *keys):
            print("wrote .env with fresh keys for development")
    elif command == "bootstrap":
        bootstrap(_urls(Settings()))
    else:
        urls = _urls(Settings())
        migrate(urls.owner, role_name(urls.app))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    parser.add_argument("command", choices=["local", "bootstrap", "migrate", "env"])
    try:
        _run(parser.parse_args().command)
    except (CannotStart, ValidationError, ValueError) as error:
        print(f"\nCountersign could not start: {error}", file=sys.stderr)
        return 2
    except psycopg.OperationalError as error:
        print(f"\nThe database could not be reached: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
