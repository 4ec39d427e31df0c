"""Office files from the outside: a zip archive of XML parts, bounded before anything is unpacked and while it is.

Only the parts that hold text, and those that say where they are, are ever unpacked. Relations to places outside the
file are counted and never followed; macros and embedded objects are not opened. XML is read without entities, and a
part that declares any is refused: no Office program writes them.
"""

import importlib
import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Protocol

from retrieval.limits import PARSE_LIMITS
from retrieval.parsing.errors import UnreadableDocument

# lxml ships no types and its core is compiled: imported so, all of it is `Any` in one place.
_etree: Any = importlib.import_module("lxml.etree")
_LxmlError: type[Exception] = _etree.LxmlError

_STRICT: Final = "http://purl.oclc.org/ooxml/"
_USUAL: Final = "http://schemas.openxmlformats.org/"
# The namespaces of both flavours of the standard, each under one short name. What stands in any other is not shown by
# the programs that these files belong to, and so not read either.
_SHORT: Final = {
    f"{_USUAL}wordprocessingml/2006/main": "w",
    f"{_STRICT}wordprocessingml/main": "w",
    f"{_USUAL}spreadsheetml/2006/main": "x",
    f"{_STRICT}spreadsheetml/main": "x",
    f"{_USUAL}officeDocument/2006/relationships": "r",
    f"{_STRICT}officeDocument/relationships": "r",
    f"{_USUAL}officeDocument/2006/math": "m",
    f"{_STRICT}officeDocument/math": "m",
    f"{_USUAL}markup-compatibility/2006": "mc",
    f"{_USUAL}package/2006/relationships": "rel",
    f"{_USUAL}package/2006/content-types": "ct",
    "http://purl.org/dc/elements/1.1/": "dc",
}
_DAMAGED: Final = (
    "This Office file is damaged and cannot be opened. Open it in the program that it comes from, save it again, and "
    "upload the new file."
)
_BOMB: Final = (
    "This Office file unpacks to far more than a document holds. Save the document anew, or export it as PDF, and "
    "upload that."
)
_CHUNK: Final = 256 * 1024
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Xml(Protocol):
    """An element of a part's tree, as lxml has it."""

    tag: str
    text: str | None
    attrib: Mapping[str, str]

    def iter(self, *tags: str) -> Iterator["Xml"]: ...
    def getparent(self) -> "Xml | None": ...
    def clear(self) -> None: ...
    def __iter__(self) -> Iterator["Xml"]: ...
    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part refers to: `target` is a part's name, or an address outside the file."""

    kind: str
    target: str
    external: bool


@cache
def _shortened(tag: str) -> str:
    namespace, _, name = tag.rpartition("}")
    return f"{_SHORT.get(namespace[1:], '?')}:{name}" if namespace else name


def short(element: Xml) -> str:
    """The element's name with its namespace's short name ("w:p"), "?:…" for namespaces that nothing here belongs to."""
    return _shortened(element.tag)


def attributes(element: Xml) -> dict[str, str]:
    """The element's attributes by name; those of another namespace than the element's with its short name.

    Word's own carry its namespace: a bare one is none of them, and no program heeds it.
    """
    namespace = _shortened(element.tag).partition(":")[0] + ":"
    return {
        _shortened(name).removeprefix(namespace): given
        for name, given in element.attrib.items()
        if namespace != "w:" or name.startswith("{")
    }


def children(element: Xml | None, name: str) -> Iterator[Xml]:
    """The children of that short name."""
    return iter(()) if element is None else (child for child in element if _shortened(child.tag) == name)


def child(element: Xml | None, *path: str) -> Xml | None:
    """The first element down the path of short names, or None."""
    for name in path:
        element = next(children(element, name), None)
    return element


def value(element: Xml | None, *path: str, default: str | None = None) -> str | None:
    """The `val` attribute of the element down the path."""
    found = child(element, *path)
    return default if found is None else attributes(found).get("val", default)


@dataclass(slots=True)
class OfficeArchive:
    """An opened Office file. `unpacked` counts the bytes had from it so far."""

    archive: zipfile.ZipFile
    names: Mapping[str, zipfile.ZipInfo]
    unpacked: int = field(default=0)

    @classmethod
    def of(cls, content: bytes) -> "OfficeArchive":
        """Open the archive. Raises `UnreadableDocument` for one that is damaged, locked or has too many entries."""
        # Counted before the library builds an object for each; entries of archives within it count too.
        if content.count(b"PK\x01\x02") > PARSE_LIMITS.max_archive_entries:
            raise UnreadableDocument(_BOMB)
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise UnreadableDocument(_DAMAGED) from error
        names: dict[str, zipfile.ZipInfo] = {}
        for info in archive.infolist():
            # Names count without regard to case; two parts of one name are read differently by different programs.
            if names.setdefault(info.filename.casefold(), info) is not info:
                raise UnreadableDocument(_DAMAGED)
        return cls(archive, names)

    def has(self, name: str) -> bool:
        return name.casefold() in self.names

    def read(self, name: str) -> bytes:
        """A part's bytes. Raises `UnreadableDocument` when it is missing, damaged, locked or too large."""
        info = self.names.get(name.casefold())
        if info is None:
            raise UnreadableDocument(_DAMAGED)
        if info.flag_bits & 0x1:
            raise UnreadableDocument("This file is protected with a password. Save a copy without one and upload that.")
        if info.compress_type not in _PACKINGS:
            raise UnreadableDocument(_DAMAGED)
        self._check(info.file_size, info.compress_size)
        parts: list[bytes] = []
        size = 0
        try:
            with self.archive.open(info) as stream:
                # The sizes above are what the archive says; this is what it does.
                while stretch := stream.read(_CHUNK):
                    size += len(stretch)
                    self._check(size, info.compress_size)
                    parts.append(stretch)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError) as error:
            raise UnreadableDocument(_DAMAGED) from error
        self.unpacked += size
        return b"".join(parts)

    def tree(self, name: str) -> Xml:
        """A part's XML tree, comments left out. Raises `UnreadableDocument` for what is none or declares entities."""
        try:
            root = _etree.fromstring(self.read(name), _parser())
        except (_LxmlError, ValueError) as error:
            raise UnreadableDocument(_DAMAGED) from error
        _refuse_declarations(root)
        return root

    def tree_or_none(self, name: str | None) -> Xml | None:
        """As `tree`, None for a part that is not there."""
        return self.tree(name) if name is not None and self.has(name) else None

    def stream(self, name: str, *names: str) -> Iterator[Xml]:
        """The part's elements of these names (without namespace) as they end, each emptied once it was seen."""
        tags = [f"{{*}}{wanted}" for wanted in names]
        found = _etree.iterparse(io.BytesIO(self.read(name)), events=("end",), tag=tags, **_SAFE)
        try:
            checked = False
            for _, element in found:
                if not checked:
                    _refuse_declarations(element)
                    checked = True
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except (_LxmlError, ValueError) as error:
            raise UnreadableDocument(_DAMAGED) from error

    def relations(self, part: str) -> dict[str, Relation]:
        """What a part refers to, by id; for "" what the file as a whole is made of."""
        folder, name = posixpath.split(part)
        root = self.tree_or_none(posixpath.join(folder, "_rels", f"{name}.rels"))
        found: dict[str, Relation] = {}
        for element in children(root, "rel:Relationship"):
            said = attributes(element)
            external = said.get("TargetMode", "").casefold() == "external"
            target = said.get("Target", "")
            if not external:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[said.get("Id", "")] = Relation(said.get("Type", "").rpartition("/")[2], target, external)
        return found

    def main_part(self) -> str:
        """The name of the part that the file is about. Raises `UnreadableDocument` when there is none."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and not relation.external and self.has(relation.target):
                return relation.target
        raise UnreadableDocument(_DAMAGED)

    def content_type(self, part: str) -> str:
        """The media type that the file declares for a part."""
        by_ending = ""
        for element in self.tree("[Content_Types].xml"):
            said = attributes(element)
            if said.get("PartName", "").lstrip("/").casefold() == part.casefold():
                return said.get("ContentType", "").casefold()
            if said.get("Extension", "").casefold() == part.rpartition(".")[2].casefold():
                by_ending = said.get("ContentType", "").casefold()
        return by_ending

    def title(self) -> str | None:
        """The title in the file's properties."""
        found = next((item for item in self.relations("").values() if item.kind == "core-properties"), None)
        root = None if found is None or found.external else self.tree_or_none(found.target)
        element = child(root, "dc:title")
        return None if element is None else element.text

    def _check(self, size: int, packed: int) -> None:
        if size > PARSE_LIMITS.max_part_bytes or self.unpacked + size > PARSE_LIMITS.max_unpacked_bytes:
            raise UnreadableDocument(_BOMB)
        if size > 2**20 and size > PARSE_LIMITS.max_packing_ratio * max(packed, 1):
            raise UnreadableDocument(_BOMB)


_SAFE: Final[Mapping[str, Any]] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


def _parser() -> Any:
    return _etree.XMLParser(**_SAFE)


def _refuse_declarations(element: Any) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise UnreadableDocument(
            "This Office file declares entities of its own, which no Office program writes and which serve to attack "
            "readers. Copy the text into a new document and upload that."
        )
