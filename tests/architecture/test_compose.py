"""The ways to configure the portal agree: settings, docker compose, Dockerfile, .env.example, operate.md."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
# Read by docker compose itself or by the image of PostgreSQL, not by the portal.
COMPOSE_ONLY = {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "WEB_PORT"}


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def read_by_the_program() -> set[str]:
    """Names in env("X"), env.str("X") … of the settings and in os.environ of the supervisor."""
    names = re.findall(r"\benv(?:\.\w+)?\(\s*[\"']([A-Z][A-Z0-9_]*)[\"']", text("parportal/settings.py"))
    names += re.findall(
        r"\benviron(?:ment)?(?:\.get\(|\[)\s*[\"']([A-Z][A-Z0-9_]*)[\"']",
        text("parportal/settings.py") + text("parportal/management/commands/start.py"),
    )
    return set(names)


def named_in_example() -> set[str]:
    return set(re.findall(r"^#? ?([A-Z][A-Z0-9_]*)=", text(".env.example"), re.MULTILINE))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(text("docker-compose.yml"))


def test_the_services_of_an_installation_are_there(compose):
    assert set(compose["services"]) == {"web", "worker", "beat", "migrate", "postgres", "redis"}
    for name in ("web", "worker", "beat", "migrate"):
        assert compose["services"][name]["build"] == "."


def test_the_settings_read_what_compose_sets(compose):
    known = read_by_the_program()
    for name in ("web", "worker", "beat", "migrate"):
        assert set(compose["services"][name]["environment"]) - known == set(), name


def test_postgres_gets_only_variables_of_its_image(compose):
    assert set(compose["services"]["postgres"]["environment"]) <= COMPOSE_ONLY


def test_all_portal_services_have_the_same_settings(compose):
    web = compose["services"]["web"]["environment"]
    for name in ("worker", "beat", "migrate"):
        assert compose["services"][name]["environment"] == web, name


def test_compose_passes_every_setting_on(compose):
    """But those that belong to the image or to SQLite."""
    passed = set(compose["services"]["web"]["environment"])
    assert read_by_the_program() - passed == {"STATIC_ROOT"}


def test_variables_of_compose_are_in_the_example():
    used = set(re.findall(r"(?<!\$)\$\{([A-Z][A-Z0-9_]*)", text("docker-compose.yml")))
    assert used - named_in_example() == set()


def test_the_example_names_what_is_read_and_nothing_else():
    assert named_in_example() == read_by_the_program() | COMPOSE_ONLY


def test_every_variable_is_explained_to_the_operator():
    explained = set(re.findall(r"^\| `([A-Z][A-Z0-9_]*)`", text("docs/operate.md"), re.MULTILINE))
    assert explained == read_by_the_program() | COMPOSE_ONLY


def test_one_port_everywhere(compose):
    dockerfile = text("Dockerfile")
    exposed = re.search(r"^EXPOSE (\d+)$", dockerfile, re.MULTILINE)[1]
    web = compose["services"]["web"]
    assert [mapping.rsplit(":", 1)[1] for mapping in web["ports"]] == [exposed]
    assert web["command"][web["command"].index("--port") + 1] == exposed
    assert re.search(r"http://127\.0\.0\.1:(\d+)/healthz", dockerfile)[1] == exposed
    assert re.search(r'^CMD .*"--port", "(\d+)"', dockerfile, re.MULTILINE)[1] == exposed


def test_the_portal_waits_for_its_services_and_its_tables(compose):
    conditions = {
        "postgres": "service_healthy",
        "redis": "service_healthy",
        "migrate": "service_completed_successfully",
    }
    for name in ("web", "worker", "beat"):
        needs = compose["services"][name]["depends_on"]
        assert {service: need["condition"] for service, need in needs.items()} == conditions, name
    for name in ("postgres", "redis"):
        assert "test" in compose["services"][name]["healthcheck"], name


def test_data_live_in_named_volumes(compose):
    mounts = {mount.split(":")[0] for service in compose["services"].values() for mount in service.get("volumes", [])}
    assert mounts == set(compose["volumes"])


def test_the_data_directory_is_the_same_in_image_and_compose(compose):
    directory = re.search(r"PORTAL_VAR=(/var/\S+)", text("Dockerfile"))[1]
    web = compose["services"]["web"]
    assert web["environment"]["PORTAL_VAR"] == directory
    assert web["volumes"] == [f"portal:{directory}"]
    assert web["environment"]["MEDIA_ROOT"].startswith(f"{directory}/")


def test_the_image_has_the_libraries_that_make_setup_installs():
    packages = re.search(r"^PANGO_PACKAGES := (.+)$", text("Makefile"), re.MULTILINE)[1].split()
    assert packages
    for package in packages:
        assert package in text("Dockerfile").split(), package
