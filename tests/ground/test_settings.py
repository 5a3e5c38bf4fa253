"""Settings: where they come from, what is allowed, and what is said of a mistake."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from paths import ROOT

import cgkg
from cgkg.cli.commands import main
from cgkg.errors import ConfigError
from cgkg.settings import SETTINGS, ServeSettings, read

MIB = 1 << 20


def toml(folder: Path, text: str) -> Path:
    (folder / "cgkg.toml").write_text(f"[serve]\n{text}\n", "utf-8")
    return folder


def refused(folder: Path, environ: dict[str, str], flags: dict[str, object]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read(folder, environ, flags)
    return caught.value


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    """No file, no variable, no flag: the defaults, which are safe ones."""
    settings = read(tmp_path, {})
    assert settings == ServeSettings()
    assert settings.host == "127.0.0.1"
    assert settings.trusted_proxies == ()


def test_the_nearest_source_wins(tmp_path: Path) -> None:
    """A flag goes before a variable, a variable before the file, the file before the default."""
    toml(tmp_path, 'port = 1\nworkers = 1\nqueue = 1\nhost = "file"')
    environ = {"CGKG_PORT": "2", "CGKG_WORKERS": "2", "CGKG_HOST": " "}
    settings = read(tmp_path, environ, {"port": "3", "workers": None})
    found = settings.port, settings.workers, settings.queue, settings.host, settings.timeout
    assert found == (3, 2, 1, "file", 30.0)


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("max_body", "2 MiB", 2 * MIB),
        ("max_body", "4096", 4096),
        ("max_body", "64k", 64 * 1024),
        ("query_memory", "auto", None),
        ("query_memory", "1GiB", 1024 * MIB),
        ("timeout", "0.5", 0.5),
        ("max_rows", "1,000", 1000),
        ("storage", "disk", "disk"),
        ("public_url", "https://example.org/kg", "https://example.org/kg/"),
        ("public_url", "none", None),
        ("trusted_proxies", "none", ()),
        ("trusted_proxies", "::1, 10.0.0.0/8", (ip_network("::1"), ip_network("10.0.0.0/8"))),
        ("access_log", "-", "-"),
        ("service_allow", "none", ()),
        ("service_allow", "http://[::1]:3/a?b=c", ("http://[::1]:3/a?b=c",)),
        (
            "service_allow",
            "https://example.org/sparql, http://10.0.0.1:3030",
            ("https://example.org/sparql", "http://10.0.0.1:3030"),
        ),
    ],
)
def test_text_is_read(tmp_path: Path, name: str, given: str, value: Any) -> None:
    """Variables and flags mean the same; a file may have the text as well."""
    read_ones = (
        read(tmp_path, {f"CGKG_{name.upper()}": given}),
        read(tmp_path, {}, {name: given}),
        read(toml(tmp_path, f'{name} = "{given}"'), {}),
    )
    assert [getattr(settings, name) for settings in read_ones] == [value] * 3


def test_the_file_may_have_toml_values(tmp_path: Path) -> None:
    """Numbers and lists are what they are; a relative path starts at the file."""
    toml(
        tmp_path,
        'timeout = 5\nmax_body = 2048\ntrusted_proxies = ["127.0.0.1"]\naccess_log = "a.log"',
    )
    settings = read(tmp_path, {})
    assert (settings.timeout, settings.max_body) == (5.0, 2048)
    assert settings.trusted_proxies == (ip_network("127.0.0.1"),)
    assert settings.access_log == str(tmp_path / "a.log")


WRONG = [
    ("port", "65536"),
    ("port", "http"),
    ("workers", "0"),
    ("workers", "2.5"),
    ("timeout", "nan"),
    ("timeout", "inf"),
    ("timeout", "0"),
    ("max_body", "1 parsec"),
    ("max_body", "-1"),
    ("max_url", "1 GiB"),
    ("storage", "tape"),
    ("public_url", "example.org"),
    ("public_url", "https://example.org/?a"),
    ("trusted_proxies", "10.0.0.1/8"),
    ("trusted_proxies", "proxy"),
    ("log_format", "JSON"),
    ("service_allow", "example.org/sparql"),
    ("service_allow", "ftp://example.org/"),
    ("service_allow", "https://"),
    ("service_allow", "https://example.org:port/"),
    ("service_allow", "https://somebody@example.org/"),
    ("service_allow", "https://example.org/#a"),
    ("service_allow", "https://例子.example/"),
    ("service_allow", "https://example.org/a b"),
    ("service_allow", "https://example.org/a,"),
]


@pytest.mark.parametrize(("name", "given"), WRONG)
def test_a_wrong_value_is_traced(tmp_path: Path, name: str, given: str) -> None:
    """The error names the source and the value; the hint says what is allowed."""
    allowed = {setting.name: setting.kind.allowed for setting in SETTINGS}[name]
    flag, variable = "--" + name.replace("_", "-"), "CGKG_" + name.upper()
    for source, error in (
        (flag, refused(tmp_path, {}, {name: given})),
        (variable, refused(tmp_path, {variable: given}, {})),
        (
            f"{tmp_path}/cgkg.toml: serve.{name}",
            refused(toml(tmp_path, f'{name} = "{given}"'), {}, {}),
        ),
    ):
        assert error.message == f"{source}: {given!r} is not allowed"
        assert error.hint == f"give {allowed}"
        (tmp_path / "cgkg.toml").unlink(missing_ok=True)


OTHER_TYPES = [
    "port = true",
    "port = 1.0",
    "host = 1",
    "timeout = true",
    "trusted_proxies = [1]",
    "max_body = []",
    'host = ""',
]


@pytest.mark.parametrize("line", OTHER_TYPES)
def test_toml_of_another_type_is_refused(tmp_path: Path, line: str) -> None:
    """A number is no text, and true is no number."""
    error = refused(toml(tmp_path, line), {}, {})
    assert f"serve.{line.split()[0]}" in error.message


def test_a_misspelt_name_is_an_error(tmp_path: Path) -> None:
    """In the file any unknown name, in the environment one that looks like a setting's."""
    error = refused(toml(tmp_path, "workerz = 4"), {}, {})
    assert "serve.workerz: there is no such setting" in error.message
    assert "the nearest is workers" in error.hint
    (tmp_path / "cgkg.toml").unlink()
    error = refused(tmp_path, {"CGKG_WORKER": "4"}, {})
    assert "the nearest is CGKG_WORKERS" in error.hint
    assert read(tmp_path, {"CGKG_PEERS": "somewhere"}) == ServeSettings()


@pytest.mark.parametrize("text", ["serve = 1\n", "[serve\n"])
def test_a_broken_file_is_an_error(tmp_path: Path, text: str) -> None:
    """It is named; nothing is guessed."""
    (tmp_path / "cgkg.toml").write_text(text, "utf-8")
    assert str(tmp_path / "cgkg.toml") in refused(tmp_path, {}, {}).message


def test_every_setting_says_what_it_is() -> None:
    """Each has a help sentence, its default is a value that it would read, and reads the same."""
    assert len({setting.flag for setting in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.help.endswith(".")
        assert setting.read(setting.shown_default, "test") == setting.default


def test_the_command_has_an_option_for_each() -> None:
    """`cgkg serve --help` lists all of them with their defaults."""
    shown = " ".join(CliRunner().invoke(main, ["serve", "--help"]).output.split())
    for setting in SETTINGS:
        assert f"{setting.flag} {setting.kind.word}" in shown
        assert f"[default: {setting.shown_default}]" in shown


def test_the_command_tells_of_a_wrong_flag(tmp_path: Path) -> None:
    """A usage error, exit code 2, before anything is built."""
    (tmp_path / "a.nt").write_text("<http://example.org/a> <http://example.org/p> 1 .", "utf-8")
    done = CliRunner().invoke(main, ["serve", "--project", str(tmp_path), "--workers", "none"])
    assert done.exit_code == 2
    assert "--workers: 'none' is not allowed" in done.output
    assert not (tmp_path / "build").exists()


def test_the_page_is_as_the_table_has_it() -> None:
    """docs/reference/settings.md is made from the table."""
    command = [sys.executable, str(ROOT / "tools" / "settings.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_setting_that_a_message_names_exists() -> None:
    """Somebody who is told which setting is the limit looks for it by that name."""
    names = {setting.name for setting in SETTINGS}
    sources = [path.read_text("utf-8") for path in (ROOT / "src" / "cgkg").rglob("*.py")]
    named = {name for text in sources for name in re.findall(r'the setting(?:"\s*")? (\w+)', text)}
    assert len(named) >= 5
    assert named <= names


def test_settings_that_errors_name_are_there() -> None:
    """What a person is told to set can be set."""
    texts = (
        node.value
        for path in Path(cgkg.__file__).parent.rglob("*.py")
        if b"setting" in path.read_bytes()
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    named = {name for text in texts for name in re.findall(r"the setting ([a-z_]+)\b", text)}
    assert len(named) > 4
    assert named <= {setting.name for setting in SETTINGS}
