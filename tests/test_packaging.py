"""The wheel ships what runs, and nobody else in the environment provides a package of ours."""

import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
    "wheel"
]["packages"]


def test_no_installed_distribution_provides_a_package_of_ours() -> None:
    others = {name: found for name, found in packages_distributions().items() if name in PACKAGES}
    assert {name: [d for d in found if d != "countersign"] for name, found in others.items()} == {
        name: [] for name in others
    }


def test_every_package_of_the_wheel_is_there() -> None:
    assert [name for name in PACKAGES if not (ROOT / name).is_dir()] == []
