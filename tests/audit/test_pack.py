"""An evidence pack verifies by its own script alone, and nothing that was changed in it does."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit import ledger, pack_verify
from audit.notes import Verifier
from audit.pack import Parties, export
from audit.pack_verify import NotVerified, signature_holds
from audit.records import Entry, RecordKind, thread_stream
from audit.witness_client import WitnessClient
from core.database import Database
from core.errors import Conflict, NotFound
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from tests.audit.bench import NOW, append, key, seal, witnessed
from tests.superuser import superuser

RUN, THREAD = uuid4(), uuid4()


async def record(database: Database, run: UUID, thread: UUID, *kinds: RecordKind) -> None:
    async with database.transaction(Principal.system("harbour")) as tx:
        entries = [Entry(kind, f"{uuid4()}", {"code": "ok", "what": "naïve 🏦", "n": 0.5}, run) for kind in kinds]
        await ledger.append(tx, thread_stream(thread), entries, actor="anna", at=NOW)


@pytest.fixture(scope="module")
async def witness(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[tuple[WitnessClient, Verifier]]:
    async with witnessed(tmp_path_factory.mktemp("witness")) as pair:
        yield pair


@pytest.fixture(scope="module")
async def parties(database: Database, witness: tuple[WitnessClient, Verifier]) -> Parties:
    """A run between others, in its conversation and in the log; then more that comes after the checkpoint."""
    client, verifier = witness
    await append(database, "documents", 5)
    await record(database, uuid4(), THREAD, RecordKind.RUN_STARTED, RecordKind.RUN_FINISHED)
    await record(database, RUN, THREAD, RecordKind.RUN_STARTED, RecordKind.RUN_SCREENED, RecordKind.RUN_FINISHED)
    await seal(database)
    await append(database, "documents", 4)
    await seal(database)
    await client.cosign(database, "harbour")
    await record(database, uuid4(), THREAD, RecordKind.RUN_STARTED)
    await append(database, "documents", 2)
    await seal(database)
    return Parties(key().verifier, (verifier,))


async def made(database: Database, parties: Parties, run: UUID = RUN) -> bytes:
    return await export(database, "harbour", run, parties, NOW, {"report.html": b"<p>read me</p>"})


def script(folder: Path, *arguments: str) -> tuple[int, str]:
    """The pack's own script on a bare Python: no site packages, no path to ours."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60, env={},
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


async def test_a_pack_verifies_by_its_script_alone(database: Database, parties: Parties, tmp_path: Path) -> None:
    content = await made(database, parties)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == [
            "README.txt", "checkpoint.txt", "pack.json", "proofs.json", "records.jsonl", "report.html", "verify.py",
        ]  # fmt: skip
        archive.extractall(tmp_path)
    cosigned = NOW.replace(microsecond=0).isoformat()
    expected = (
        f"verified: 3 records of run {RUN} of harbour\n"
        "with the 2 others of its conversation, which they follow from or which follow from them\n"
        "they stand in the log bank.example/harbour, of 14 records, as its key signed it\n"
        "the run had ended\n"
        f"the witness witness.example/w cosigned this at {cosigned}\n"
    )
    [witness] = parties.witnesses
    assert script(tmp_path, "--log-key", str(parties.log), "--witness-key", str(witness)) == (0, expected)
    status, said = script(tmp_path)
    assert (status, said.startswith(expected)) == (0, True)
    assert said.endswith(f"that you were given:\n  {parties.log}\n  {witness}\n")
    (tmp_path / "pack.zip").write_bytes(content)
    assert script(tmp_path, "pack.zip") == (status, said)


async def test_other_keys_than_those_that_signed_verify_nothing(
    database: Database, parties: Parties, tmp_path: Path
) -> None:
    zipfile.ZipFile(io.BytesIO(await made(database, parties))).extractall(tmp_path)
    other = key(seed=bytes(32)).verifier
    stranger = Verifier("witness.example/w", other.public_key, 4)
    assert script(tmp_path, "--log-key", str(other)) == (
        1, "NOT verified: the checkpoint is not signed by the log's key (bank.example/harbour)\n",
    )  # fmt: skip
    assert script(tmp_path, "--witness-key", str(stranger)) == (
        1, "NOT verified: a witness that you named has not cosigned the checkpoint\n",
    )  # fmt: skip
    assert script(tmp_path, "--log-key", "nonsense")[0] == 1


async def test_a_run_after_the_last_cosignature_says_so(database: Database, parties: Parties) -> None:
    run = uuid4()
    await record(database, run, uuid4(), RecordKind.RUN_STARTED)
    with pytest.raises(Conflict, match="not sealed yet"):
        await made(database, parties, run)
    await seal(database)
    said = pack_verify.verify(zipfile.ZipFile(io.BytesIO(await made(database, parties, run))).read, None, [])
    assert said[3:5] == [
        "the run had not ended: later records of it are not in this pack",
        "NO WITNESS has cosigned this: whoever holds the log's key could have made another history",
    ]
    with pytest.raises(NotFound):
        await made(database, parties, uuid4())


@pytest.fixture(scope="module")
async def files(database: Database, parties: Parties) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(await made(database, parties))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def outcome(files: dict[str, bytes], parties: Parties) -> list[str] | str:
    try:
        return pack_verify.verify(files.__getitem__, str(parties.log), [str(each) for each in parties.witnesses])
    except (NotVerified, ValueError, LookupError, TypeError, AttributeError) as error:
        return f"NOT verified: {error}"


async def test_no_changed_byte_is_verified(files: dict[str, bytes], parties: Parties) -> None:
    """In records and checkpoint none at all; elsewhere none that would change what the script says."""
    whole, random = outcome(files, parties), Random(3)
    assert isinstance(whole, list)
    for name in ("records.jsonl", "checkpoint.txt", "proofs.json", "pack.json"):
        for _ in range(60):
            at = random.randrange(len(files[name]))
            changed = bytearray(files[name])
            changed[at] ^= random.randrange(1, 256)
            found = outcome({**files, name: bytes(changed)}, parties)
            strict = name in ("records.jsonl", "checkpoint.txt")
            assert isinstance(found, str) or (not strict and found == whole), (name, at, found)


def lines(files: dict[str, bytes]) -> list[bytes]:
    return files["records.jsonl"].splitlines()


def test_what_is_wrong_is_named(files: dict[str, bytes], parties: Parties) -> None:
    stream = thread_stream(THREAD)
    rows, proofs, about = lines(files), json.loads(files["proofs.json"]), json.loads(files["pack.json"])

    def with_records(changed: list[bytes]) -> list[str] | str:
        return outcome({**files, "records.jsonl": b"\n".join(changed) + b"\n"}, parties)

    forged = rows[1].replace(b'"actor":"anna"', b'"actor":"omar"')
    assert with_records([rows[0], forged, *rows[2:]]) == (
        f"NOT verified: record 3 of {stream} does not follow from the record before it"
    )
    last = rows[4].replace(b'"actor":"anna"', b'"actor":"omar"')
    assert with_records([*rows[:4], last]) == f"NOT verified: record 5 of {stream} is not in the log that was signed"
    assert with_records([*rows[:2], *rows[3:]]) == f"NOT verified: record 3 of {stream} is missing or out of its order"
    assert with_records(rows[:4]) == f"NOT verified: {stream} should have 5 records here"
    fewer = {**about, "streams": {stream: 4}}
    cut = {**files, "records.jsonl": b"\n".join(rows[:4]) + b"\n", "pack.json": json.dumps(fewer).encode()}
    assert outcome(cut, parties) == "NOT verified: there is not one proof for each record"
    cut["proofs.json"] = json.dumps(proofs[:4]).encode()
    unfinished = outcome(cut, parties)
    assert unfinished[3] == "the run had not ended: later records of it are not in this pack"
    proofs[2]["position"] += 1
    assert outcome({**files, "proofs.json": json.dumps(proofs).encode()}, parties) == (
        f"NOT verified: record 3 of {stream} is not in the log that was signed"
    )
    vale = {**about, "tenant": "vale"}
    assert outcome({**files, "pack.json": json.dumps(vale).encode()}, parties) == (
        f"NOT verified: record 1 of {stream} does not belong into this pack"
    )


async def test_a_pack_of_an_altered_ledger_does_not_verify(
    database: Database, database_urls: DatabaseUrls, parties: Parties
) -> None:
    change = "UPDATE app.audit_records SET actor = '{}' WHERE run_id = %s AND kind = 'run.screened'"
    with superuser(database_urls) as admin:
        admin.execute(change.format("mallory").encode(), (RUN,))
        try:
            content = await made(database, parties)
        finally:
            admin.execute(change.format("anna").encode(), (RUN,))
    with pytest.raises(NotVerified, match=r"record 5 of thread:.* does not follow"):
        pack_verify.verify(zipfile.ZipFile(io.BytesIO(content)).read, None, [])


# The first vectors of RFC 8032 7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_ed25519_as_the_rfc_has_it(public: str, message: str, signature: str) -> None:
    parts = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert signature_holds(*parts)
    assert not signature_holds(parts[0], parts[1] + b"x", parts[2])


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=40), st.integers(0, 63), st.integers(1, 255))
def test_ed25519_agrees_with_the_library(seed: bytes, message: bytes, at: int, flip: int) -> None:
    secret = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = secret.public_key().public_bytes_raw(), secret.sign(message)
    assert signature_holds(public, message, signature)
    changed = bytearray(signature)
    changed[at] ^= flip
    assert not signature_holds(public, message, bytes(changed))


def test_a_signature_has_one_form() -> None:
    """RFC 8032 5.1.7: S below the group's order, y below the field's; or one signature could be written in two ways."""
    secret = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"seed").digest())
    public, signature = secret.public_key().public_bytes_raw(), secret.sign(b"text")
    s = int.from_bytes(signature[32:], "little") + pack_verify.ORDER
    assert not signature_holds(public, b"text", signature[:32] + s.to_bytes(32, "little"))
    assert not signature_holds(b"\xff" * 32, b"text", signature)
    assert not signature_holds(public, b"text", b"\xff" * 64)
    assert not signature_holds(public, b"text", signature[:63])
