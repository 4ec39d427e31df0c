"""A desk with everybody signed in."""

import pytest

from core.database import Database
from tests.tools.approvals.desk import PEOPLE, Desk


@pytest.fixture
async def desk(database: Database) -> Desk:
    desk = Desk(database)
    await desk.sign_in(*PEOPLE)
    return desk
