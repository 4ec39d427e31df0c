import asyncio
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gateway.foresight import Foresight


class _Recorder:
    """An embedder that keeps what it was asked and fails for one text."""

    name = "recorder"
    dimension = 2

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        if "broken" in texts:
            raise RuntimeError("no vector")
        return np.zeros((len(texts), 2), dtype=np.float32)

    def close(self) -> None:
        return


async def test_a_question_is_embedded_before_anybody_asks_and_a_failure_hurts_nobody() -> None:
    recorder = _Recorder()
    foresee = Foresight(recorder)
    foresee("broken")
    foresee("How long do we keep records?")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert recorder.asked == ["broken", "How long do we keep records?"]
