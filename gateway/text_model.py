"""What the optional models that a bank brings have in common: a tokenizer and an ONNX model over texts in a folder, and
a thread of its own on which only so much may wait and nothing may take too long.

The folder holds `model.onnx` (inputs `input_ids`, `attention_mask` and perhaps `token_type_ids`; output `logits`) and
`tokenizer.json`, as the usual exporters write them.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from gateway.embeddings import one_core_session
from gateway.errors import ModelMisconfigured, ModelUnavailable

T = TypeVar("T")

_NEEDED: Final = frozenset({"input_ids", "attention_mask"})
_INPUTS: Final = _NEEDED | {"token_type_ids"}


class TextModel:
    """`kind` ("cross-encoder") and `name` ("reranking") are for messages. Raises ModelMisconfigured when the folder
    holds no such model."""

    def __init__(self, model_dir: Path, *, kind: str, name: str) -> None:
        self._name = name
        try:
            self.tokenizer: Any = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
            self._session = one_core_session(model_dir / "model.onnx")
        except Exception as error:  # tokenizers raises bare Exception, the runtime its own kinds
            raise ModelMisconfigured(f"{model_dir} holds no usable {kind} ({type(error).__name__})") from error
        self.tokenizer.no_padding()
        self._inputs = [each.name for each in self._session.get_inputs()]
        if not _NEEDED <= set(self._inputs) <= _INPUTS:
            raise ModelMisconfigured(f"the model in {model_dir} is no {kind}: it asks for {self._inputs}")

    def logits(self, encoded: Any, count: int, of: str) -> NDArray[np.float64]:
        """The `count` numbers that the model gives for one encoding; `of` says what they are for. One at a time: on one
        core a padded batch gains nothing, and it would let what else is in it change the last bits.

        Raises ModelUnavailable when it fails or gives anything else.
        """
        columns: dict[str, NDArray[np.int64]] = {
            "input_ids": np.array([encoded.ids], dtype=np.int64),
            "attention_mask": np.array([encoded.attention_mask], dtype=np.int64),
            "token_type_ids": np.array([encoded.type_ids], dtype=np.int64),
        }
        try:
            outputs = self._session.run(None, {name: columns[name] for name in self._inputs})
        except Exception as error:  # the runtime's own kinds have no other base
            raise ModelUnavailable(f"the {self._name} model failed ({type(error).__name__})") from error
        logits = np.asarray(outputs[0], dtype=np.float64).reshape(-1)
        if logits.size != count or not np.isfinite(logits).all():
            raise ModelUnavailable(f"the {self._name} model gave {logits.size} numbers for {of}")
        return logits


class BoundedThread:
    """One thread, for which at most `waiting` pieces of work wait, each for `total_s` seconds. `doing` ("reranking")
    and `waits` ("questions wait to be reranked") are for messages."""

    def __init__(self, doing: str, waits: str, *, waiting: int, total_s: float) -> None:
        self._doing = doing
        self._waits = waits
        self._most = waiting
        self._total_s = total_s
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=doing.split(maxsplit=1)[0])
        self._waiting = 0

    async def run(self, work: Callable[[Callable[[], None]], T]) -> T:
        """`work` calls what it is given between its parts, which ends it once nobody waits for it any more.

        Raises ModelUnavailable when too many wait or it takes too long.
        """
        if self._waiting >= self._most:
            raise ModelUnavailable(f"too many {self._waits}")
        given_up = threading.Event()

        def go_on() -> None:
            if given_up.is_set():
                raise ModelUnavailable(f"{self._doing} was given up")

        self._waiting += 1
        running = asyncio.get_running_loop().run_in_executor(self._thread, work, go_on)
        running.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(running), self._total_s)
        except TimeoutError as error:
            raise ModelUnavailable(f"{self._doing} took longer than {self._total_s} s") from error
        finally:
            given_up.set()

    def close(self) -> None:
        """End the thread after what it computes now."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _done(self, running: "asyncio.Future[Any]") -> None:
        self._waiting -= 1
        if not running.cancelled():
            running.exception()  # told to whoever waited; nobody may be waiting any more
