"""`python -m witness serve | key | show`: run a witness, print its verifier key, print what it has seen."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from witness.app import create_app
from witness.memory import Memory, UnusableMemoryError, open_witness
from witness.notes import LogKey, MalformedError, WitnessKey
from witness.service import Witness

DEFAULT_NAME = "localhost/witness"
DEFAULT_PORT = 8093


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        logs = {key.name: key for key in map(LogKey.read, getattr(arguments, "log_key", []))}
        key, memory = open_witness(arguments.data, arguments.name)
    except MalformedError as error:
        print(f"A --log-key is not a log's verifier key: {error}.", file=sys.stderr)
        return os.EX_USAGE
    except UnusableMemoryError as error:
        print(error, file=sys.stderr)
        return os.EX_CONFIG
    try:
        return _run(arguments, key, memory, logs)
    finally:
        memory.close()


def _run(arguments: argparse.Namespace, key: WitnessKey, memory: Memory, logs: dict[str, LogKey]) -> int:
    if arguments.command == "key":
        print(key.verifier)
    elif arguments.command == "show":
        known = memory.known(arguments.origin)
        if known is None:
            print(f"Nothing was cosigned for {arguments.origin}.", file=sys.stderr)
            return 1
        print(known.note.decode(), end="")
    elif arguments.command == "refused":
        for at, origin, reason, request in memory.evidence():
            print(f"# {at} {origin}: {reason}\n{request.decode()}")
    else:
        config = uvicorn.Config(
            create_app(Witness(key, memory, logs)),
            host=arguments.host,
            port=arguments.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=64,
        )
        print(f"witness {key.verifier} on http://{arguments.host}:{arguments.port}", flush=True)
        uvicorn.Server(config).run()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m witness", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("serve", "answer logs until stopped"),
        ("key", "print the verifier key by which others know this witness"),
        ("show", "print the last checkpoint that was cosigned of a log"),
        ("refused", "print the checkpoints that were refused although their log had signed them"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--data", type=Path, required=True, help="the witness's folder: its key and its memory")
        command.add_argument("--name", default=DEFAULT_NAME, help="of a new witness's key (default: %(default)s)")
        if name == "show":
            command.add_argument("--origin", required=True, help="the log's name")
        if name == "serve":
            command.add_argument("--host", default="127.0.0.1")
            command.add_argument("--port", type=int, default=DEFAULT_PORT)
            command.add_argument("--log-key", action="append", default=[], help="a log's verifier key (repeatable)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
