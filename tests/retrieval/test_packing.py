import uuid
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.index.packing import PackedBlock, Unusable, current_format, pack, unpack
from retrieval.postings import LexicalBlock, lexical_block

words = st.lists(st.sampled_from(["card", "error", "notice", "1005.11(c)", "days", "10"]), max_size=8).map(" ".join)


def packed_block(texts: list[str]) -> PackedBlock:
    ids = np.frombuffer(b"".join(uuid.uuid4().bytes for _ in texts), dtype=np.uint8).reshape(-1, 16)
    return PackedBlock(ids, lexical_block("Regulation E", [(("§ 1005.11 Errors", "(c)"), text) for text in texts]))


def arrays(block: LexicalBlock) -> list[list[int]]:
    held = (block.keys, block.starts, block.rows, block.text, block.path, block.text_length, block.path_length)
    return [array.tolist() for array in held]


@given(st.lists(words, max_size=6))
def test_what_is_packed_comes_back(texts: list[str]):
    block = packed_block(texts)
    back = unpack(pack(block))
    assert back.chunk_ids.tolist() == block.chunk_ids.tolist()
    assert arrays(back.postings) == arrays(block.postings)


def test_counts_and_rows_beyond_a_byte_come_back():
    block = packed_block(["card " * 300, *["error"] * 300])
    assert arrays(unpack(pack(block)).postings) == arrays(block.postings)


@given(st.data())
def test_no_damage_is_taken_for_postings(data: st.DataObject):
    content = pack(packed_block(["card error notice", "ten days"]))
    at = data.draw(st.integers(0, len(content) - 1))
    damaged = bytearray(content)
    damaged[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unusable):
        unpack(bytes(damaged))
    with pytest.raises(Unusable):
        unpack(content[:at])


@pytest.mark.parametrize(
    "change", ["rows beyond", "keys out of order", "a length short", "ids short", "a header", "more"]
)
def test_what_fits_its_digest_must_still_fit_itself(change: str):
    """Whoever can write to the database can write a digest too; that must not make a search fail or read beyond."""
    block = packed_block(["card error notice", "ten days"])
    postings = block.postings
    fields = {name: getattr(postings, name) for name in LexicalBlock.__slots__}
    ids = block.chunk_ids
    if change == "rows beyond":
        fields["rows"] = postings.rows + 1
    elif change == "keys out of order":
        fields["keys"] = postings.keys[::-1]
    elif change == "a length short":
        fields["path_length"] = postings.path_length[:1]
    elif change == "ids short":
        ids = ids[:1]
    content = bytearray(pack(PackedBlock(ids, LexicalBlock(**fields))))
    if change == "a header":
        content[16] = 3
    elif change == "more":
        content += b"\0"
    with pytest.raises(Unusable):
        unpack(_signed(bytes(content[16:])))


def _signed(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest() + body


def test_the_format_is_a_name_that_stays():
    assert current_format() == current_format()
    assert len(current_format()) == 64
