"""The catalogue as shipped, and every way that a file of it can be wrong: with file, line and what to change."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from core.principal import Permission
from tools.catalogue.load import CORE_BANKING, CatalogueError, load
from tools.catalogue.models import Catalogue, Limit, Operation
from tools.models import Effect, Signature

DOCUMENT = CORE_BANKING.with_name("core-banking.openapi.json")


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load(CORE_BANKING)


def test_the_shipped_catalogue_lists_who_signs_what(shipped: Catalogue) -> None:
    rules = {
        name: (tool.effect, tool.permission, tool.signature, tool.expires if tool.signature else None)
        for name, tool in shipped.tools.items()
    }
    assert rules == {
        "case_lookup": (Effect.READ, Permission.CASE_READ, None, None),
        "customer_lookup": (Effect.READ, Permission.CUSTOMER_READ, None, None),
        "case_add_note": (Effect.WRITE, Permission.CASE_WRITE, Signature.OTHER, timedelta(minutes=60)),
        "task_create": (Effect.WRITE, Permission.TASK_WRITE, Signature.SELF, timedelta(minutes=60)),
        "card_block": (Effect.WRITE, Permission.CARD_BLOCK, Signature.OTHER, timedelta(minutes=30)),
        "limit_change": (Effect.WRITE, Permission.LIMIT_WRITE, Signature.OTHER, timedelta(minutes=60)),
    }
    assert shipped.system == "Core Banking"
    assert {tool.signers for tool in shipped.tools.values() if tool.signature} == {frozenset({"supervisor"})}


def test_a_limit_change_has_amounts_by_role_and_wants_two_above_one(shipped: Catalogue) -> None:
    tool = shipped.tools["limit_change"]
    assert tool.limit == Limit("amount", {"supervisor": 50_000}, two_above=10_000)
    assert tool.sensitive == {"customer_id", "kind", "amount"}
    assert tool.operation == Operation(
        id="changeLimit",
        method="PUT",
        path="/v1/customers/{customer_id}/limits/{kind}",
        in_path=frozenset({"customer_id", "kind"}),
        in_query=frozenset(),
        in_body=frozenset({"amount"}),
    )


def test_a_schema_is_closed_and_holds_the_operation_s_own_bounds(shipped: Catalogue) -> None:
    schema = shipped.tools["card_block"].schema
    assert (schema["type"], schema["additionalProperties"], schema["required"]) == (
        "object",
        False,
        ["customer_id", "last4", "reason"],
    )
    assert schema["properties"]["reason"]["enum"] == ["lost", "stolen", "suspected_fraud"]
    assert schema["properties"]["last4"]["pattern"] == "^[0-9]{4}$"


def test_nothing_that_people_write_is_trusted(shipped: Catalogue) -> None:
    trusted = {path for tool in shipped.tools.values() for path in tool.trusted}
    free = {"notes[].text", "notes[].author", "customer_name", "name", "address", "text", "title"}
    assert trusted.isdisjoint(free)
    assert "customer_id" in shipped.tools["case_lookup"].trusted


def test_the_version_changes_with_either_file(tmp_path: Path) -> None:
    first = load(copied(tmp_path)).version
    path = copied(tmp_path)
    path.write_text(path.read_text("utf-8") + "\n# a remark\n", "utf-8")
    second = load(path).version
    document = json.loads(DOCUMENT.read_text("utf-8"))
    document["info"]["version"] = "1.0.1"
    copied(tmp_path)
    (tmp_path / DOCUMENT.name).write_text(json.dumps(document), "utf-8")
    third = load(path).version
    assert len({first, second, third}) == 3
    assert first == load(CORE_BANKING).version


def copied(folder: Path) -> Path:
    shutil.copy(DOCUMENT, folder / DOCUMENT.name)
    return Path(shutil.copy(CORE_BANKING, folder / CORE_BANKING.name))


def changed(folder: Path, old: str, new: str) -> tuple[Path, int]:
    """The shipped file with the first `old` replaced, and the line of the replacement (of its `§` where it has one)."""
    path = copied(folder)
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} is no longer in the catalogue"
    start = text.index(old)
    path.write_text(text[:start] + new + text[start + len(old) :], "utf-8")
    marked = new.index("§") if "§" in new else 0
    path.write_text(path.read_text("utf-8").replace("§", "", 1), "utf-8")
    return path, text[:start].count("\n") + new[:marked].count("\n") + 1


MISTAKES: list[tuple[str, str, str]] = [
    ("system: Core Banking", "system: [1]", "system must be a text"),
    ("system: Core Banking", "sistem: Core Banking", "the file has no entry 'sistem'"),
    ("document: core-banking.openapi.json", "document: other.json", "there is no file 'other.json' beside it"),
    ("operation: getCase", "operation: getCases", "the OpenAPI document has no operation 'getCases'; it has getCase,"),
    ("effect: read", "effect: reed", "effect 'reed' is none of read, write"),
    ("operation: addCaseNote\n    effect: write", "operation: addCaseNote\n    §effect: read", "addCaseNote is no GET"),
    ("signature: other", "signature: othr", "signature 'othr' is none of self, other, two"),
    ("signature: other", "signature: self", "'self' is only for what can be undone and harms nobody"),
    ("permission: case:write", "permission: case:burn", "permission 'case:burn' is none of chat:ask,"),
    ("signers: [supervisor]", "signers: [staff]", "the role 'staff' may sign nothing; those that may: supervisor"),
    ("signers: [supervisor]", "signers: [superviser]", "the role 'superviser' may sign nothing"),
    ("signers: [supervisor]", "signers: []", "at least one role must be able to sign"),
    ("expires_minutes: 60", "expires_minutes: 0", "expires_minutes must be between 1 and 1440"),
    ("expires_minutes: 60", "expires_minutes: 1441", "expires_minutes must be between 1 and 1440"),
    ("expires_minutes: 60", "expires_minutes: soon", "expires_minutes must be a whole number"),
    ("timeout_s: 5", "timeout_s: 61", "timeout_s must be a number of seconds between 0.1 and 60.0"),
    ("timeout_s: 5", "timeout_s: true", "timeout_s must be a number of seconds"),
    ("title: Look up case", "title: " + "x" * 41, "title has 41 characters; at most 40 are shown"),
    (
        "title: Look up case",
        "title: Look up \u202ecase",
        "title has characters that can't be seen: Look up \\u202ecase",
    ),
    ("text: {label: Note}", "text: {label: case}", "'case' is another argument's label too"),
    ("case_id: {label: Case}", "kase: {label: Case}", "getCase takes no 'kase'; it takes case_id"),
    ("case_id: {label: Case}", "case_id: {sensitive: true}", "case_id needs label"),
    ("case_id: {label: Case}", "case_id: {label: Case, color: red}", "case_id has no entry 'color'"),
    (
        "case_id: {label: Case}",
        "case_id: {label: Case, schema: {maxLength: 7}}",
        "this schema allows more than the operation: 'maxLength' 7 is more than the operation's 6",
    ),
    (
        "case_id: {label: Case}",
        "case_id: {label: Case, schema: {pattern: .*}}",
        "this schema allows more than the operation: 'pattern' must stay '^C-[0-9]{4}$'",
    ),
    ("summary: Look up case {case_id}", "summary: Look up case {kase}", "{kase} is no argument; there are case_id"),
    (
        "summary: Look up case {case_id}",
        "summary: Look up case {result.id}",
        "{result.id} can't be shown before there is a result",
    ),
    ("summary: Look up case {case_id}", "summary: Look up case {case_id!r}", "a brace stands alone"),
    ("added to case {case_id} as {result.id}", "added as {result.ref}", "the result has no field 'ref'"),
    ("trusted: [id, state,", "trusted: [id, stage,", "the result of getCase has no field 'stage'"),
    ("trusted: [id, state,", "trusted: [customer_name, state,", "'customer_name' is free text"),
    ("trusted: [id, case_id]", "trusted: [text]", "'text' is free text"),
    ("      argument: amount", "      argument: kind", "'kind' must be a required argument that is an integer"),
    ("by_role: {supervisor: 50000}", "by_role: {staff: 1}", "the role 'staff' is not among the signers"),
    ("by_role: {supervisor: 50000}", "by_role: {}", "say what these signers may sign: supervisor"),
    ("two_above: 10000", "two_above: 50000", "two_above must be below what one may sign (50,000)"),
    ("      tool: case_lookup", "      tool: card_block", "'card_block' is no reading tool; there are case_lookup,"),
    ("arguments: {case_id: case_id}", "arguments: {case: case_id}", "case_lookup takes no 'case'"),
    ("arguments: {case_id: case_id}", "arguments: {case_id: kase}", "'kase' is no argument of case_add_note"),
    ("arguments: {case_id: case_id}", "arguments: {}", "case_lookup requires case_id"),
    ('now: "{result.state}"}', 'now: "{result.stage}"}', "the result has no field 'stage'"),
    ("      text: text\n", "      text: note\n", "'note' is no argument of this tool"),
    ("  case_lookup:\n", "  Case-Lookup:\n", "'Case-Lookup' must be small letters, digits and underscores"),
    (
        "    effect: read\n",
        "    effect: read\n    §signers: [supervisor]\n",
        "a read is not signed, so it has no 'signers'",
    ),
    ("    effect: read\n", "    effect: read\n    §effect: write\n", "'effect' stands here a second time"),
    ("    low_impact: true\n", "    low_impact: maybe\n", "low_impact must be true or false"),
]


@pytest.mark.parametrize(("old", "new", "problem"), MISTAKES)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, problem: str) -> None:
    path, line = changed(tmp_path, old, new)
    with pytest.raises(CatalogueError) as raised:
        load(path)
    assert str(raised.value).startswith(f"core-banking.yaml, line {line}: ")
    assert problem in str(raised.value)


def test_low_impact_is_only_for_what_its_maker_confirms(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "signature: self", "signature: other")
    with pytest.raises(CatalogueError) as raised:
        load(path)
    assert (
        str(raised.value)
        == f"core-banking.yaml, line {line + 1}: 'low_impact' is only for the signature self, not for other"
    )


@pytest.mark.parametrize("entry", ["signature: other", "signers: [supervisor]", "expires_minutes: 60"])
def test_a_write_without_signature_signers_or_expiry_is_refused(tmp_path: Path, entry: str) -> None:
    path, _ = changed(tmp_path, f"    {entry}\n", "")
    with pytest.raises(
        CatalogueError, match=f"the tool case_add_note writes, so it needs {entry.split(':', maxsplit=1)[0]}"
    ):
        load(path)


def test_an_argument_that_the_operation_requires_may_not_be_left_out(tmp_path: Path) -> None:
    path, _ = changed(tmp_path, "      last4: {label: Card ending in, sensitive: true}\n", "")
    with pytest.raises(CatalogueError, match=r"line \d+: blockCard requires last4: add it here"):
        load(path)


def test_an_argument_that_the_operation_does_not_require_may_be_left_out(tmp_path: Path) -> None:
    path, _ = changed(tmp_path, "      due_on: {label: Due on}\n", "")
    path.write_text(path.read_text("utf-8").replace("      due_on.ask:", "      text.ask:"), "utf-8")
    assert list(load(path).tools["task_create"].schema["properties"]) == ["title", "customer_id", "case_id"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "core-banking.yaml, line 1: the file is empty"),
        ("- a\n- b\n", "core-banking.yaml, line 1: the file must be a list of 'name: value' lines"),
        ("system: [\n", "core-banking.yaml, line 2: this is not YAML"),
        ("system: !!python/name:os.system x\n", "core-banking.yaml, line 1: this is not YAML"),
    ],
)
def test_what_is_no_catalogue_at_all_is_said(tmp_path: Path, content: str, problem: str) -> None:
    path = copied(tmp_path)
    path.write_text(content, "utf-8")
    with pytest.raises(CatalogueError) as raised:
        load(path)
    assert str(raised.value).startswith(problem)


def test_a_missing_file_and_a_broken_document_are_said(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"nowhere\.yaml, line 1: the file can't be read"):
        load(tmp_path / "nowhere.yaml")
    path = copied(tmp_path)
    (tmp_path / DOCUMENT.name).write_text('{"paths": {"/a": {"get": {}}}}', "utf-8")
    with pytest.raises(CatalogueError, match=r"core-banking\.openapi\.json: this is not an OpenAPI document"):
        load(path)


def test_references_that_go_in_a_circle_end(tmp_path: Path) -> None:
    path = copied(tmp_path)
    document = json.loads(DOCUMENT.read_text("utf-8"))
    document["components"]["schemas"]["Case"] = {"$ref": "#/components/schemas/Case"}
    (tmp_path / DOCUMENT.name).write_text(json.dumps(document), "utf-8")
    with pytest.raises(CatalogueError, match="references go in a circle"):
        load(path)
