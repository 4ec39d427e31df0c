"""`python -m api`: serve HTTP until told to stop, letting streams and requests end."""

import sys

import uvicorn
from pydantic import ValidationError

from api.app import create_app
from api.limits import STREAMS
from core.settings import Settings
from core.telemetry import configure_logging


def main() -> int:
    """Serve on the host and port of the settings; returns the exit status."""
    try:
        settings = Settings()
    except ValidationError as error:
        print(f"The settings are wrong: {error}", file=sys.stderr)
        return 2
    configure_logging(settings.log_level, json_lines=settings.log_json)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            timeout_graceful_shutdown=STREAMS.server_grace_s,
            h11_max_incomplete_event_size=65_536,
        )
    )
    server.run()
    return 0 if server.started else 3


if __name__ == "__main__":
    sys.exit(main())
