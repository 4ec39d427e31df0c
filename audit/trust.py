"""What a verifier trusts, and what a log's papers are worth: checkpoints, cosignatures, checkpoints kept elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from audit.chain import LOG_STREAM, Fault
from audit.notes import Checkpoint, Note, NoteError, Verifier, cosignatures, open_checkpoint, parse_signatures
from audit.tree.store import KeptCheckpoint, KeptCosignature

UNREADABLE = ""


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys by which a log and its witnesses are known; without them signatures are not looked at.

    `seen`: checkpoints of this log that were kept outside its database, such as the one its witness gives: what a
    log that was rewritten with its own key, or brought back from an old copy, can't agree with.
    """

    log: Verifier | None = None
    witnesses: tuple[Verifier, ...] = ()
    seen: tuple[Note, ...] = ()


@dataclass(slots=True)
class Papers:
    """The checkpoints of a log of `size` leaves, read and with their signatures checked. `signed`: roots by size."""

    tenant: str
    trust: Trust
    size: int
    checkpoints: int
    signed: dict[int, bytes] = field(default_factory=dict[int, bytes])
    seen: dict[int, bytes] = field(default_factory=dict[int, bytes])
    cosigned: int = 0
    """The largest size with a cosignature that holds."""
    faults: list[Fault] = field(default_factory=list[Fault])

    @classmethod
    def read(
        cls,
        tenant: str,
        trust: Trust,
        size: int,
        checkpoints: Sequence[KeptCheckpoint],
        cosigned: Sequence[KeptCosignature],
    ) -> "Papers":
        papers = cls(tenant, trust, size, len(checkpoints))
        texts: dict[int, str] = {}
        for kept in checkpoints:
            papers._read_checkpoint(kept, texts)
        for each in cosigned:
            papers._read_cosignature(each, texts)
        for note in trust.seen:
            papers._read_seen(note)
        return papers

    @property
    def sizes(self) -> frozenset[int]:
        """At which sizes the log's root is asked for."""
        return frozenset(self.signed) | frozenset(self.seen)

    def compare(self, roots: Mapping[int, bytes]) -> list[Fault]:
        """What is wrong with a log that has these roots, and with its papers."""
        found, size = list(self.faults), self.size
        last = max(self.signed, default=0)
        if last != size:
            found.append(self._fault(size, f"the log has {size} leaves, and the last signed checkpoint {last}"))
        found.extend(self._false(self.signed, roots, "was signed"))
        found.extend(self._false(self.seen, roots, "a witness cosigned"))
        for seen in sorted(self.seen):
            if seen > size:
                found.append(self._fault(seen, f"a witness cosigned {seen} records, and only {size} are in the log"))
        return found

    def _false(self, expected: Mapping[int, bytes], roots: Mapping[int, bytes], what: str) -> Iterable[Fault]:
        right = 0
        for size in sorted(expected):
            if size in roots and roots[size] != expected[size]:
                yield self._fault(size, f"what stands at positions {right} to {size - 1} is not what {what}")
                return
            right = size

    def _read_checkpoint(self, kept: KeptCheckpoint, texts: dict[int, str]) -> None:
        try:
            note = Note.parse(kept.note.encode())
            checkpoint = self._open(note)
        except NoteError as error:
            self._blame(kept.size, f"its checkpoint: {error}")
            texts[kept.size] = UNREADABLE
            return
        if (checkpoint.size, checkpoint.root) != (kept.size, kept.root):
            self._blame(kept.size, "its checkpoint was signed for another size or root")
        self.signed[checkpoint.size] = checkpoint.root
        texts[kept.size] = note.text

    def _read_cosignature(self, kept: KeptCosignature, texts: Mapping[int, str]) -> None:
        known = [witness for witness in self.trust.witnesses if witness.name == kept.witness]
        if not known or texts.get(kept.size) is UNREADABLE:
            return
        if kept.size not in texts:
            self._blame(kept.size, f"{kept.witness} cosigned a checkpoint that is not there")
            return
        try:
            if cosignatures(texts[kept.size], parse_signatures(kept.line), known):
                self.cosigned = max(self.cosigned, kept.size)
            else:
                self._blame(kept.size, f"the cosignature of {kept.witness} is of another key")
        except NoteError as error:
            self._blame(kept.size, f"its cosignature: {error}")

    def _read_seen(self, note: Note) -> None:
        try:
            checkpoint = self._open(note)
            witnessed = cosignatures(note.text, note.signatures, self.trust.witnesses)
        except NoteError as error:
            self._blame(0, f"a checkpoint that was kept elsewhere: {error}")
            return
        if self.trust.witnesses and not witnessed:
            self._blame(checkpoint.size, "a checkpoint that was kept elsewhere has no known witness's cosignature")
        self.seen[checkpoint.size] = checkpoint.root

    def _open(self, note: Note) -> Checkpoint:
        return Checkpoint.parse(note.text) if self.trust.log is None else open_checkpoint(note, self.trust.log)

    def _blame(self, size: int, reason: str) -> None:
        self.faults.append(self._fault(size, reason))

    def _fault(self, size: int, reason: str) -> Fault:
        return Fault(self.tenant, LOG_STREAM, size, reason)
