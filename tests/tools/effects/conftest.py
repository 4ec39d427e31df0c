import pytest

from core.clock import FixedClock
from core.database import Database
from deploy.migrate import DatabaseUrls
from tests.superuser import superuser
from tests.tools.effects.bench import ANNA, BORIS, CARLA, NOW, SAM, SOFIA, Bench


@pytest.fixture
async def bench(database: Database, database_urls: DatabaseUrls) -> Bench:
    """Nothing asked, nothing stopped, everybody signed in."""
    with superuser(database_urls) as conn:
        conn.execute(
            """TRUNCATE app.effects, app.approvals, app.approval_signatures, app.tool_calls, app.stops,
                   app.stop_restarts, app.people, app.people_history CASCADE"""
        )
    bench = Bench(database, FixedClock(NOW))
    await bench.note(ANNA, SAM, SOFIA, CARLA, BORIS)
    return bench
