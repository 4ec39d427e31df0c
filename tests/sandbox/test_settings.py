from pathlib import Path

import pytest

from sandbox.settings import NotDevelopmentError, SandboxSettings, load_settings, read_env_file


def test_defaults_are_the_documented_addresses(tmp_path: Path) -> None:
    assert load_settings({"ENVIRONMENT": "development"}, tmp_path) == SandboxSettings(
        environment="development",
        issuer="http://127.0.0.1:8090",
        model_port=8091,
        core_port=8092,
        core_secret="placeholder-core-banking-secret-for-development-only",
        fault_secret=None,
        data_dir=tmp_path / ".data" / "sandbox",
        audience="countersign-api",
        client_id="countersign-web",
        client_secret=None,
        redirect_uris=("http://127.0.0.1:8080/auth/callback", "http://localhost:8080/auth/callback"),
        post_logout_redirect_uris=(
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/",
            "http://127.0.0.1:8080/signed-out",
            "http://localhost:8080",
            "http://localhost:8080/",
            "http://localhost:8080/signed-out",
        ),
    )


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# local\nENVIRONMENT=development\nSANDBOX_ISSUER=http://127.0.0.1:9000/\n"
        "SANDBOX_PRODUCT_URLS=http://127.0.0.1:9080\nSANDBOX_CLIENT_SECRET='from file'\nSANDBOX_MODEL_PORT=9001\n"
    )
    settings = load_settings({"SANDBOX_CLIENT_SECRET": "from environment", "SANDBOX_ISSUER": ""}, tmp_path)
    assert settings == SandboxSettings(
        environment="development",
        issuer="http://127.0.0.1:9000",
        model_port=9001,
        data_dir=tmp_path / ".data" / "sandbox",
        client_secret="from environment",
        redirect_uris=("http://127.0.0.1:9080/auth/callback",),
        post_logout_redirect_uris=(
            "http://127.0.0.1:9080",
            "http://127.0.0.1:9080/",
            "http://127.0.0.1:9080/signed-out",
        ),
    )
    assert settings.issuer_port == 9000


@pytest.mark.parametrize(
    ("product", "bases"),
    [
        ({"PORT": "8181"}, ["http://127.0.0.1:8181", "http://localhost:8181"]),
        ({"PORT": "8181", "PUBLIC_URL": "https://ask.example/"}, ["https://ask.example"]),
        (
            {"PORT": "8181", "SANDBOX_PRODUCT_URLS": "http://a.example, http://b.example"},
            ["http://a.example", "http://b.example"],
        ),
    ],
)
def test_the_redirect_address_follows_the_product(product: dict[str, str], bases: list[str], tmp_path: Path) -> None:
    settings = load_settings({"ENVIRONMENT": "development", **product}, tmp_path)
    assert settings.redirect_uris == tuple(base + "/auth/callback" for base in bases)
    assert settings.post_logout_redirect_uris[:3] == (bases[0], bases[0] + "/", bases[0] + "/signed-out")


@pytest.mark.parametrize("environment", ["production", "Development", "dev"])
def test_nothing_but_development_is_accepted(environment: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ENVIRONMENT=development\n")
    with pytest.raises(NotDevelopmentError, match="ENVIRONMENT=development"):
        load_settings({"ENVIRONMENT": environment}, tmp_path)
    with pytest.raises(NotDevelopmentError):
        SandboxSettings(environment=environment)


def test_without_a_word_about_the_environment_it_refuses(tmp_path: Path) -> None:
    with pytest.raises(NotDevelopmentError, match="not set"):
        load_settings({}, tmp_path)


def test_the_core_banks_secret_is_the_products_and_stays_out_of_sight(tmp_path: Path) -> None:
    (tmp_path / ".data").mkdir()
    (tmp_path / ".data" / "run.env").write_text("CORE_BANKING_SECRET=kept-by-make-run\nENVIRONMENT=production\n")
    (tmp_path / ".env").write_text("ENVIRONMENT=development\nSANDBOX_CORE_PORT=9002\n")
    kept = load_settings({}, tmp_path)
    assert (kept.core_secret, kept.core_port, kept.fault_secret) == ("kept-by-make-run", 9002, None)
    given = load_settings({"CORE_BANKING_SECRET": "given", "SANDBOX_FAULT_SECRET": "of-the-switch"}, tmp_path)
    assert (given.core_secret, given.fault_secret) == ("given", "of-the-switch")
    assert "given" not in repr(given)
    assert "of-the-switch" not in repr(given)


def test_env_file_lines(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("\n# note\nexport A=1\nB = two words  # a remark\nC='kept # whole'\nnonsense\nD=a=b\nE=\n")
    assert read_env_file(path) == {"A": "1", "B": "two words", "C": "kept # whole", "D": "a=b", "E": ""}
    assert read_env_file(tmp_path / "absent") == {}
