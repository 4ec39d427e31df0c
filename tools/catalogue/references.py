"""What one tool's entry says of another: which reading tool shows the present state beside a proposal."""

from collections.abc import Mapping

from tools.catalogue.document import DocumentedOperation
from tools.catalogue.fields import template
from tools.catalogue.located import Located
from tools.catalogue.models import Tool
from tools.models import Effect


def check_facts(
    tools: Mapping[str, Tool], tool: Tool, entry: Located, operations: Mapping[str, DocumentedOperation]
) -> None:
    """Raise `CatalogueError` unless the facts are read by a reading tool, with arguments that both tools have."""
    if tool.facts is None:
        return
    found = entry.mapping()["facts"].mapping()
    reading = tools.get(tool.facts.tool)
    if reading is None or reading.effect is not Effect.READ:
        reads = [name for name, other in tools.items() if other.effect is Effect.READ]
        raise found["tool"].wrong(f"'{tool.facts.tool}' is no reading tool; there are {', '.join(reads)}")
    written = found["arguments"].mapping()
    for to, source in tool.facts.arguments.items():
        if to not in reading.labels:
            raise written[to].wrong(f"{reading.name} takes no '{to}'")
        if source not in tool.labels:
            raise written[to].wrong(f"'{source}' is no argument of {tool.name}")
    missing = sorted(set(reading.schema["required"]) - tool.facts.arguments.keys())
    if missing:
        raise found["arguments"].wrong(f"{reading.name} requires {', '.join(missing)}")
    reply = operations[reading.operation.id].reply
    for line in found["lines"].items():
        for key in ("now", "after"):
            if key in line.mapping():
                template(line.mapping()[key], tool.labels, reply)
        for name, value in line.mapping()["only"].mapping().items() if "only" in line.mapping() else ():
            allowed = tool.schema["properties"].get(name, {}).get("enum", [])
            if value.text() not in allowed:
                raise value.wrong(f"'{value.text()}' is no value that '{name}' of {tool.name} can have")
