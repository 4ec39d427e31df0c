"""A parsed HTML tree, bounded before anything walks down it."""

import importlib
import re
from collections.abc import Iterator
from typing import Any, Protocol

from retrieval.limits import PARSE_LIMITS
from retrieval.parsing.errors import UnreadableDocument

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")

# lxml ships no types and its core is compiled: imported so, all of it is `Any` in one place.
_etree: Any = importlib.import_module("lxml.etree")
_LxmlError: type[Exception] = _etree.LxmlError


class Element(Protocol):
    """An element of the tree, as lxml has it."""

    tag: str
    text: str | None
    tail: str | None

    def get(self, key: str, /) -> str | None: ...
    def getparent(self) -> "Element | None": ...
    def iter(self, *tags: str) -> Iterator["Element"]: ...
    def itertext(self) -> Iterator[str]: ...
    def __iter__(self) -> Iterator["Element"]: ...


def tree_of(text: str) -> Element:
    """The root of an HTML text. Nothing is fetched, entities of its own are not expanded.

    Raises `UnreadableDocument` when it is empty, too deep or too large.
    """
    markup = _XML_DECLARATION.sub("", text).replace("\x00", "")
    parser = _etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, recover=True
    )
    try:
        root = _etree.fromstring(markup.encode("utf-8", "replace"), parser)
    except _LxmlError as error:
        raise UnreadableDocument(
            "This HTML file cannot be read: it is nested too deeply or badly damaged. Open it in a browser, print it "
            "to PDF, and upload that."
        ) from error
    if any("RESOURCE_LIMIT" in entry.type_name for entry in parser.error_log):
        raise _too_large()
    if root is None:
        raise UnreadableDocument("This HTML file is empty. Upload one that holds the document's text.")
    _check_size(root)
    return root


def _check_size(root: Any) -> None:
    depth = count = 0
    for event, _ in _etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > PARSE_LIMITS.max_html_depth or count > PARSE_LIMITS.max_html_elements:
            raise _too_large()


def _too_large() -> UnreadableDocument:
    return UnreadableDocument(
        "This HTML file is nested too deeply or has too many elements to be a document. Open it in a browser, print "
        "it to PDF, and upload that."
    )
