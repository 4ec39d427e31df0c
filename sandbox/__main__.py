"""`python -m sandbox`: the sandbox bank's servers, and tokens of its people."""

import argparse
import os
import sys
import time
from dataclasses import replace

import orjson

from sandbox.corebank import document
from sandbox.corebank.app import create_core_app
from sandbox.identity.app import create_identity_app
from sandbox.identity.keys import load_or_create_key
from sandbox.identity.personas import PERSONAS
from sandbox.identity.tokens import ACCESS_TOKEN_SECONDS, Mint
from sandbox.model.app import create_model_app
from sandbox.server import LOOPBACK, AddressInUseError, Site, listen, port_of, serve
from sandbox.settings import (
    DEFAULT_CORE_PORT,
    DEFAULT_ISSUER,
    DEFAULT_MODEL_PORT,
    NotDevelopmentError,
    SandboxSettings,
    load_settings,
)

NUMBER_CLAIMS = frozenset({"exp", "iat", "nbf", "signing_limit"})


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the process's exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        if parsed.command == "openapi":
            print(document.text().decode(), end="")
            return 0
        settings = load_settings(os.environ)
        if parsed.command == "token":
            return print_token(settings, parsed.persona, parsed.ttl, dict(parsed.claim))
        return run_servers(
            settings,
            host=parsed.host,
            identity_port=getattr(parsed, "port", None),
            model_port=getattr(parsed, "model_port", None),
            core_port=getattr(parsed, "core_port", None),
            parts=parsed.parts,
        )
    except NotDevelopmentError as error:
        print(error, file=sys.stderr)
        return os.EX_CONFIG
    except AddressInUseError as error:
        print(error, file=sys.stderr)
        return 1


def print_token(settings: SandboxSettings, name: str, ttl: int, claims: dict[str, object]) -> int:
    """Print an access token as the last line; needs no server, only the key it shares with one."""
    persona = PERSONAS.get(name)
    if persona is None:
        print(f"There is nobody called '{name}'. There are: {', '.join(PERSONAS)}.", file=sys.stderr)
        return 2
    mint = Mint(settings, load_or_create_key(settings.data_dir))
    print(mint.access_token(persona, now=int(time.time()), ttl=ttl, overrides=claims))
    return 0


def run_servers(
    settings: SandboxSettings,
    *,
    host: str,
    identity_port: int | None,
    model_port: int | None,
    core_port: int | None,
    parts: frozenset[str],
) -> int:
    """Serve the chosen parts until told to stop. Says where on stdout once each port is taken."""
    sites: list[Site] = []
    if "identity" in parts:
        listener = listen(host, settings.issuer_port if identity_port is None else identity_port)
        issuer = settings.issuer
        if identity_port is not None and issuer == DEFAULT_ISSUER:
            issuer = f"http://{host}:{port_of(listener)}"
        sites.append(Site(create_identity_app(replace(settings, issuer=issuer)), listener))
        print(f"identity provider {issuer}", flush=True)
    if "model" in parts:
        listener = listen(host, settings.model_port if model_port is None else model_port)
        sites.append(Site(create_model_app(), listener))
        print(f"model server http://{host}:{port_of(listener)}/v1", flush=True)
    if "core" in parts:
        listener = listen(host, settings.core_port if core_port is None else core_port)
        sites.append(Site(create_core_app(settings), listener))
        print(f"core banking http://{host}:{port_of(listener)}", flush=True)
    serve(sites)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A small bank to try Countersign with.")
    commands = parser.add_subparsers(dest="command", required=True)
    token = commands.add_parser("token", help="print an access token of a persona")
    token.add_argument("persona", help=", ".join(PERSONAS))
    token.add_argument("--ttl", type=int, default=ACCESS_TOKEN_SECONDS, help="seconds until it expires")
    token.add_argument(
        "--claim", type=_claim, action="append", default=[], metavar="NAME=VALUE", help="replace a claim"
    )
    commands.add_parser("openapi", help="print the core banking system's OpenAPI document")
    for name, parts, text in (
        ("serve", {"identity", "model", "core"}, "run all three servers"),
        ("serve-identity", {"identity"}, "run the identity provider"),
        ("serve-model", {"model"}, "run the model server"),
        ("serve-core", {"core"}, "run the core banking system"),
    ):
        command = commands.add_parser(name, help=text)
        command.set_defaults(parts=frozenset(parts))
        command.add_argument("--host", default=LOOPBACK)
        if "identity" in parts:
            command.add_argument("--port", type=int, help="of the identity provider; default: the issuer's")
        if "model" in parts:
            model_flag = "--model-port" if "identity" in parts else "--port"
            command.add_argument(model_flag, dest="model_port", type=int, help=f"default: {DEFAULT_MODEL_PORT}")
        if "core" in parts:
            core_flag = "--core-port" if "identity" in parts else "--port"
            command.add_argument(core_flag, dest="core_port", type=int, help=f"default: {DEFAULT_CORE_PORT}")
    return parser


def _claim(text: str) -> tuple[str, object]:
    """`name=value`: lists, objects, quoted text, true, false and null are read as JSON, times and limits as numbers."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=VALUE")
    if name in NUMBER_CLAIMS or value[:1] in {"[", "{", '"'} or value in {"true", "false", "null"}:
        try:
            return name, orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise argparse.ArgumentTypeError(f"the value of '{name}' is not JSON: {value}") from error
    return name, value


if __name__ == "__main__":
    sys.exit(main())
