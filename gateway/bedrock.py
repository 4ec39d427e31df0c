"""Models of Amazon Bedrock by the Converse API and the process's IAM role: the configured client, bounded calls of it,
and our errors.

ChatBedrockConverse has no native async, so a call blocks a thread of a bounded pool. A caller who leaves or runs out of
time leaves the thread to end at its own read timeout, and its place is free only then.

boto3 takes a while to import, so the factory imports what uses this only when such a model is configured.
"""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EventStreamError
from botocore.parsers import ResponseParserError
from langchain_aws import ChatBedrockConverse

from gateway.errors import ModelMisconfigured, ModelNonsense, ModelRefused, ModelUnavailable
from gateway.limits import WRITING

P = ParamSpec("P")
T = TypeVar("T")

_PASSING = frozenset(
    {
        "throttlingexception",
        "modeltimeoutexception",
        "modelnotreadyexception",
        "internalserverexception",
        "serviceunavailableexception",
        "modelstreamerrorexception",
        "modelerrorexception",
    }
)
"""In lower case: the codes begin with a capital in a reply and without one in a stream."""
_REFUSALS = frozenset({"guardrail_intervened", "content_filtered", "refusal"})


def converse_client(
    *, model: str, region: str | None, endpoint_url: str | None, total_s: float, max_tokens: int
) -> ChatBedrockConverse:
    """A client that never retries, blocks, and gives up when nothing comes for a while. Use it on a thread.

    `region` and credentials come from the environment when not given, as boto3 finds them.
    """
    return ChatBedrockConverse(
        model=model,
        region_name=region,
        base_url=endpoint_url,
        temperature=0,
        max_tokens=max_tokens,
        disable_streaming=False,  # else LangChain streams only the models that it knows by name
        config=Config(
            connect_timeout=min(WRITING.connect_s, total_s),
            read_timeout=min(WRITING.silence_s, total_s),
            retries={"total_max_attempts": 1},
            max_pool_connections=WRITING.bedrock_threads,
        ),
    )


class BoundedCalls:
    """One model, and the threads on which it is called: a bounded number at once, each call within `total_s`.

    `region` and credentials come from the environment when not given, as boto3 finds them.
    """

    def __init__(
        self, *, model: str, region: str | None, endpoint_url: str | None, total_s: float, max_tokens: int
    ) -> None:
        self.name: str = f"bedrock:{model}"
        self.chat: Any = converse_client(
            model=model, region=region, endpoint_url=endpoint_url, total_s=total_s, max_tokens=max_tokens
        )
        self._total_s = total_s
        self._threads = ThreadPoolExecutor(WRITING.bedrock_threads, thread_name_prefix="bedrock")
        self._free = asyncio.Semaphore(WRITING.bedrock_threads)

    def deadline(self) -> float:
        """When a call that begins now has taken too long, by the loop's clock."""
        return asyncio.get_running_loop().time() + self._total_s

    async def begin(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start work on a thread, once one is free."""
        loop = asyncio.get_running_loop()
        await self._free.acquire()
        begun = self._threads.submit(work, *args, **kwargs)
        begun.add_done_callback(lambda _: None if loop.is_closed() else loop.call_soon_threadsafe(self._free.release))
        return begun

    def close(self) -> None:
        """Begin nothing more; what is under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def judge(stop_reason: str | None) -> None:
    """Raise ModelRefused or ModelNonsense where a reply ended otherwise than by its own end."""
    if stop_reason in _REFUSALS:
        raise ModelRefused("the model or its guardrail declined to answer")
    if stop_reason == "max_tokens":
        raise ModelNonsense("the reply was cut off at its token limit")


@contextmanager
def in_time() -> Generator[None]:
    """A time that ran out as our error."""
    try:
        yield
    except TimeoutError as error:
        raise ModelUnavailable("the model did not answer in time") from error


@contextmanager
def translated() -> Generator[None]:
    """botocore's errors as ours, without the request's text."""
    try:
        yield
    except (ClientError, EventStreamError) as error:
        response: Any = error.response
        code = str(response.get("Error", {}).get("Code", ""))
        if code.lower() in _PASSING or code.startswith("5"):
            raise ModelUnavailable(f"Bedrock answered {code}") from error
        raise ModelMisconfigured(f"Bedrock rejects the request: {code}") from error
    except ResponseParserError as error:  # no BotoCoreError
        raise ModelNonsense("Bedrock sent a reply that can't be read") from error
    except (BotoCoreError, OSError) as error:
        raise ModelUnavailable(f"no connection to Bedrock ({type(error).__name__})") from error
