"""What an operator copies, fills in and starts: complete, and safe as it stands."""

import os
import re
import secrets
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / ".env.example").read_text()
NAMED = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", EXAMPLE, re.M))
COMPOSE = (ROOT / "docker-compose.yml").read_text()


def example_settings() -> dict[str, str]:
    """The example as somebody has filled it in."""
    lines = re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE, re.M)
    filled = {name: value or secrets.token_urlsafe(48) for name, value in lines}
    return {
        **filled,
        "FIELD_ENCRYPTION_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": os.environ["REDIS_URL"],
    }


def manage(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_names_every_setting() -> None:
    source = (ROOT / "roomly" / "settings.py").read_text()
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", source))
    assert read
    assert not read - NAMED


def test_the_example_names_what_docker_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    assert asked
    assert not asked - NAMED


def test_django_finds_nothing_to_warn_of_in_production() -> None:
    answer = manage("check", "--deploy", "--fail-level", "WARNING", **example_settings())
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DATABASE_URL"])
def test_production_does_not_start_without(name: str) -> None:
    settings = example_settings()
    del settings[name]
    answer = manage("check", **settings)
    assert answer.returncode != 0
    assert name in answer.stderr


def test_production_does_not_start_with_the_demos_key() -> None:
    answer = manage("check", **{**example_settings(), "SECRET_KEY": "demo-only-for-tests"})
    assert answer.returncode != 0
    assert "SECRET_KEY" in answer.stderr
