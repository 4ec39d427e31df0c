import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from jose import jwt

from sandbox.identity.keys import load_or_create_key
from sandbox.server import listen, port_of

ROOT = Path(__file__).resolve().parents[2]


def environment(data: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
    return {**kept, "ENVIRONMENT": "development", "SANDBOX_DATA_DIR": str(data), **more}


def sandbox(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)


@contextmanager
def started(*arguments: str, env: dict[str, str]) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_a_token_needs_no_server_and_verifies(sandbox_data: Path) -> None:
    done = sandbox("token", "anna", env=environment(sandbox_data))
    assert (done.returncode, done.stderr) == (0, "")
    token = done.stdout.splitlines()[-1]
    [key] = load_or_create_key(sandbox_data).public_jwks()["keys"]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="countersign-api", issuer="http://127.0.0.1:8090")
    assert (claims["sub"], claims["exp"] - claims["iat"]) == ("anna", 3600)
    assert jwt.get_unverified_header(token)["kid"] == key["kid"]


def test_a_token_can_be_bent_for_tests(sandbox_data: Path) -> None:
    done = sandbox(
        *("token", "boris", "--ttl", "-60", "--claim", "tenant=harbour", "--claim", 'roles=["staff","hr"]'),
        *("--claim", "branch=007", "--claim", "nbf=5", "--claim", "aud=another"),
        env=environment(sandbox_data, SANDBOX_ISSUER="http://127.0.0.1:9999"),
    )
    claims = jwt.get_unverified_claims(done.stdout.splitlines()[-1])
    assert claims["exp"] - claims["iat"] == -60
    for name in ("jti", "iat", "exp"):
        del claims[name]
    assert claims == {
        "iss": "http://127.0.0.1:9999",
        "aud": "another",
        "client_id": "countersign-web",
        "scope": "openid",
        "sub": "boris",
        "name": "Boris Wendt",
        "tenant": "harbour",
        "branch": "007",
        "roles": ["staff", "hr"],
        "nbf": 5,
    }


def test_an_unknown_persona_is_told_who_there_is(sandbox_data: Path) -> None:
    done = sandbox("token", "mallory", env=environment(sandbox_data))
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "There is nobody called 'mallory'. There are: anna, omar, sam, sofia, lea, carla, pia, paul, boris, sasha.\n",
    )


def test_a_claim_that_is_none_is_a_usage_error(sandbox_data: Path) -> None:
    done = sandbox("token", "anna", "--claim", "roles", env=environment(sandbox_data))
    assert (done.returncode, "'roles' is not NAME=VALUE" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments", [("token", "anna"), ("serve",), ("serve-identity",), ("serve-model",), ("serve-core",)]
)
def test_nothing_runs_outside_development(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = sandbox(*arguments, env=environment(tmp_path, ENVIRONMENT="production"))
    assert (done.returncode, done.stdout) == (os.EX_CONFIG, "")
    assert "runs only with ENVIRONMENT=development (it is 'production')" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_all_servers_run_and_stop_even_while_a_reply_hangs(sign: signal.Signals, sandbox_data: Path) -> None:
    with started(
        "serve", "--port", "0", "--model-port", "0", "--core-port", "0", env=environment(sandbox_data)
    ) as process:
        assert process.stdout is not None
        issuer = process.stdout.readline().removeprefix("identity provider ").strip()
        model = process.stdout.readline().removeprefix("model server ").strip()
        core = process.stdout.readline().removeprefix("core banking ").strip()
        with httpx.Client(trust_env=False) as client:
            assert client.get(f"{core}/openapi.json").json()["info"]["title"] == "Core Banking"
            found = client.get(f"{issuer}/.well-known/openid-configuration").json()
            assert found["issuer"] == issuer
            assert client.get(f"{model}/models").status_code == 200
            client.post(model.replace("/v1", "/control"), json={"fault": "stall_midstream", "script": ["a b"]})
            body = {"model": "m", "messages": [], "stream": True}
            with client.stream("POST", f"{model}/chat/completions", json=body, timeout=30) as reply:
                rest = reply.iter_bytes()
                assert b'"content":"a"' in next(rest)
                process.send_signal(sign)
                with pytest.raises(httpx.RemoteProtocolError):
                    next(rest)
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (0, "", "")


def test_a_port_in_use_is_a_clear_error(sandbox_data: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = port_of(taken)
        done = sandbox("serve-model", "--port", str(port), env=environment(sandbox_data))
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"Can't listen on 127.0.0.1:{port}: Address already in use.\n",
    )


def test_the_openapi_document_is_printed_as_it_is_served(tmp_path: Path) -> None:
    done = sandbox("openapi", env=environment(tmp_path, ENVIRONMENT="production"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (ROOT / "sandbox/corebank/openapi.json").read_text(encoding="utf-8")
