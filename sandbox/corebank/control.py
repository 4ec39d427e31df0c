"""`/control`: how tests make the bank's system fail, and count what it really did. Off without a secret."""

import hmac
from dataclasses import dataclass

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.corebank.desk import Desk
from sandbox.corebank.faults import FaultSettings, FaultSwitch


@dataclass(frozen=True, slots=True)
class Controls:
    """Answers 404 where no secret is set, and 401 without it in `Authorization: Bearer`."""

    secret: str | None
    switch: FaultSwitch
    desk: Desk

    async def show(self, request: Request) -> Response:
        self._require_secret(request)
        return JSONResponse(self.switch.describe())

    async def change(self, request: Request) -> Response:
        self._require_secret(request)
        try:
            self.switch.change(FaultSettings.model_validate_json(await request.body()))
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            return JSONResponse({"detail": problems}, 422)
        return JSONResponse(self.switch.describe())

    async def reset(self, request: Request) -> Response:
        self._require_secret(request)
        self.switch.change(FaultSettings(rules=[]))
        return JSONResponse(self.switch.describe())

    async def effects(self, request: Request) -> Response:
        """`?key=` of one key; `?after=` the number of the last one seen."""
        self._require_secret(request)
        after = request.query_params.get("after", "0")
        if not after.isdecimal():
            raise HTTPException(404)
        found = await run_in_threadpool(self.desk.effects, request.query_params.get("key"), int(after))
        return JSONResponse({"items": found, "count": len(found)})

    def _require_secret(self, request: Request) -> None:
        if self.secret is None:
            raise HTTPException(404)
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.secret}".encode()):
            raise HTTPException(401)
