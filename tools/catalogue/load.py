"""Loads a catalogue and checks every line of it against the OpenAPI document, the roles and the permissions.

A catalogue decides what the assistant may do at all, so nothing in it is guessed: what is unknown, missing or wider
than the operation is an error that names the file, the line and what to change.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from core.canonical import canonical_json, sha256_hex
from core.principal import ROLE_PERMISSIONS, Permission
from tools.catalogue import fields
from tools.catalogue.document import DocumentedOperation, read_document
from tools.catalogue.limits import CATALOGUE_LIMITS
from tools.catalogue.located import CatalogueError, Located, read_yaml
from tools.catalogue.models import Catalogue, Tool
from tools.catalogue.references import check_facts
from tools.models import Effect, Signature

__all__ = ["CORE_BANKING", "CatalogueError", "load"]

CORE_BANKING: Final = Path(__file__).with_name("core-banking.yaml")

_FILE: Final = frozenset({"system", "document", "tools"})
_ALWAYS: Final = frozenset(
    {"title", "description", "operation", "effect", "permission", "timeout_s", "arguments", "summary", "receipt"}
)
_SIGNED: Final = frozenset({"signature", "signers", "expires_minutes"})
_OPTIONAL: Final = frozenset({"low_impact", "limit", "facts", "trusted", "hints"})


def load(path: Path) -> Catalogue:
    """The catalogue of the file and of the OpenAPI document that it names. Raises `CatalogueError`."""
    file = read_yaml(path)
    entries = file.fields(_FILE, _FILE)
    document_path = path.with_name(entries["document"].text())
    if not document_path.is_file():
        raise entries["document"].wrong(f"there is no file '{document_path.name}' beside it")
    operations = read_document(document_path)
    written = entries["tools"].mapping()
    if not written:
        raise entries["tools"].wrong("there must be at least one tool")
    tools = {name: _tool(name, entry, operations) for name, entry in written.items()}
    for name, entry in written.items():
        check_facts(tools, tools[name], entry, operations)
    return Catalogue(version=_version(path, document_path), system=entries["system"].text(), tools=tools)


def _version(path: Path, document_path: Path) -> str:
    return sha256_hex(canonical_json([sha256_hex(file.read_bytes()) for file in (path, document_path)]))


def _tool(name: str, entry: Located, operations: dict[str, DocumentedOperation]) -> Tool:
    entry = Located(entry.file, entry.line, f"the tool {name}", entry.value)
    found = entry.fields(_ALWAYS | _SIGNED | _OPTIONAL, _ALWAYS)
    if not fields.is_name(name):
        raise entry.wrong(f"'{name}' must be small letters, digits and underscores")
    operation = operations.get(found["operation"].text())
    if operation is None:
        wanted = found["operation"]
        raise wanted.wrong(f"the OpenAPI document has no operation '{wanted.value}'; it has {', '.join(operations)}")
    effect = fields.choice(found["effect"], Effect)
    if effect is Effect.READ and not operation.reads:
        raise found["effect"].wrong(f"{operation.operation.id} is no GET, so its effect is write")
    arguments = fields.read_arguments(found["arguments"], operation)
    return Tool(
        name=name,
        title=fields.short(found["title"], CATALOGUE_LIMITS.title_characters),
        description=found["description"].text(),
        operation=operation.operation,
        schema=arguments.schema,
        labels=arguments.labels,
        effect=effect,
        permission=fields.choice(found["permission"], Permission),
        signature=_signature(entry, found, effect),
        signers=_signers(found),
        expires=_expiry(found),
        timeout_s=_timeout(found["timeout_s"]),
        summary=fields.template(found["summary"], arguments.labels),
        receipt=fields.template(found["receipt"], arguments.labels, operation.reply),
        sensitive=arguments.sensitive,
        limit=fields.read_limit(found.get("limit"), arguments, _signers(found)),
        facts=fields.read_facts(found.get("facts")),
        trusted=fields.read_trusted(found.get("trusted"), operation),
        hints=fields.read_hints(found.get("hints"), arguments.labels),
    )


def _signature(entry: Located, found: dict[str, Located], effect: Effect) -> Signature | None:
    if effect is Effect.READ:
        for key in sorted((_SIGNED | {"low_impact", "limit", "facts"}) & found.keys()):
            raise found[key].wrong(f"a read is not signed, so it has no '{key}'")
        return None
    missing = sorted(_SIGNED - found.keys())
    if missing:
        raise entry.wrong(f"{entry.name} writes, so it needs {', '.join(missing)}")
    signature = fields.choice(found["signature"], Signature)
    low_impact = "low_impact" in found and found["low_impact"].flag()
    if signature is Signature.SELF and not low_impact:
        raise found["signature"].wrong("'self' is only for what can be undone and harms nobody: say 'low_impact: true'")
    if signature is not Signature.SELF and "low_impact" in found:
        raise found["low_impact"].wrong(f"'low_impact' is only for the signature self, not for {signature}")
    return signature


def _signers(found: dict[str, Located]) -> frozenset[str]:
    if "signers" not in found:
        return frozenset()
    roles = {item.text(): item for item in found["signers"].items()}
    for role, item in roles.items():
        if Permission.APPROVAL_DECIDE not in ROLE_PERMISSIONS.get(role, frozenset()):
            able = sorted(name for name, may in ROLE_PERMISSIONS.items() if Permission.APPROVAL_DECIDE in may)
            raise item.wrong(f"the role '{role}' may sign nothing; those that may: {', '.join(able)}")
    if not roles:
        raise found["signers"].wrong("at least one role must be able to sign")
    return frozenset(roles)


def _expiry(found: dict[str, Located]) -> timedelta:
    if "expires_minutes" not in found:
        return timedelta(minutes=CATALOGUE_LIMITS.max_expiry_minutes)
    least, most = CATALOGUE_LIMITS.min_expiry_minutes, CATALOGUE_LIMITS.max_expiry_minutes
    minutes = found["expires_minutes"].integer()
    if not least <= minutes <= most:
        raise found["expires_minutes"].wrong(f"expires_minutes must be between {least} and {most}")
    return timedelta(minutes=minutes)


def _timeout(given: Located) -> float:
    seconds: Any = given.value
    least, most = CATALOGUE_LIMITS.min_timeout_s, CATALOGUE_LIMITS.max_timeout_s
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not least <= seconds <= most:
        raise given.wrong(f"timeout_s must be a number of seconds between {least} and {most}")
    return float(seconds)
