"""What a document may cost us, and the sizes of its passages; each number with where it came from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bounds on one uploaded document. Passing one raises `UnreadableDocument`, never a partial result."""

    # The largest regulation of the development set is 1.2 MB; scanned circulars reach tens of MB.
    max_bytes: int = 64 * 1024 * 1024
    # The longest regulation has 133 pages; at under 10 ms a page 2,000 pages parse in some 20 s.
    max_pages: int = 2_000
    # 133 pages hold 0.5 million characters; 10 million is the whole Code of Federal Regulations title.
    max_characters: int = 10_000_000
    # One page of small print has about 8,000 characters; 200,000 is a page made to exhaust us.
    max_page_characters: int = 200_000
    # Elements of an HTML tree; the largest regulation has 1,400.
    max_html_elements: int = 300_000
    # Open elements at once; browsers cut at 512, written documents stay under 30.
    max_html_depth: int = 256
    # Spanning cells repeat their text; a table wider or taller than this is not one.
    max_cell_span: int = 100
    # Entries of an Office file; one with 500 pictures has some 600.
    max_archive_entries: int = 10_000
    # Bytes of one part of an Office file once unpacked, and of all parts that are read: the marks of Word take some ten
    # times the text's own bytes.
    max_part_bytes: int = 96 * 1024 * 1024
    max_unpacked_bytes: int = 160 * 1024 * 1024
    # A part beyond a megabyte that was packed more than this is a bomb; Office's own parts reach 50.
    max_packing_ratio: int = 250
    # Filled cells of a workbook; a rate table of 100 columns and 1,000 rows has 100,000.
    max_cells: int = 1_000_000
    # Smaller print than this can't be read on paper: hidden text (points).
    min_font_points: float = 2.0
    # A fill this light (each channel, 0 to 255) is looked at again on the rendered page.
    near_white: int = 235
    # Grey levels (0 to 255) between the darkest and lightest pixel of a word that an eye can tell apart.
    min_contrast: int = 24


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """Lengths of passages in characters. MiniLM sees 256 tokens, about 1,100 characters of English."""

    # Siblings are joined while the passage stays below this.
    target: int = 900
    # One paragraph or item up to this stays whole.
    ceiling: int = 1_200
    # A passage shorter than this looks for company up to the ceiling.
    small: int = 300
    # A "sentence" beyond this is no sentence (a run of data): cut at white space.
    longest_sentence: int = 4_000
    # Blocks below one heading that are grouped at once; the regulations have 195 at most. 333,000 lines without a
    # heading would else take 40 s and all be in memory before the first passage.
    blocks_together: int = 2_000


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What the process that parses one document may take; the kernel holds it to that."""

    # Address space, of which the interpreter and the libraries take 0.2 GB.
    memory_bytes: int = 1_536 * 1024 * 1024
    # The longest document there may be takes 20 s; on a slower machine several times that.
    cpu_s: int = 120
    # Two documents at once on a machine that is busy with questions.
    wall_s: float = 300.0
    # Text, and places of its lines, at the most characters that a document may have.
    output_bytes: int = 256 * 1024 * 1024
    files: int = 32


@dataclass(frozen=True, slots=True)
class IngestLimits:
    """How much of a document is at hand at once while it is read in."""

    # Chunks sent to the embedder together: some 2 s on two cores, which is what a killed reader loses.
    batch: int = 64
    # Rows sent to the database together, some 2 MB with their boxes.
    rows: int = 500
    # Passages listed to the policy owner as planted instructions; those beyond are counted.
    planted: int = 100


PARSE_LIMITS = ParseLimits()
PROCESS_LIMITS = ProcessLimits()
CHUNK_SIZES = ChunkSizes()
INGEST_LIMITS = IngestLimits()
