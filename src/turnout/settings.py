"""Settings: from flags, then the environment (``TURNOUT_…``), then a TOML file, then defaults."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

CONFIG = "TURNOUT_CONFIG"
"""Names the TOML file; by default ``turnout.toml`` in the current folder, where there is one."""


class SettingsError(Exception):
    """A setting that cannot be used; the message says which and what it may be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may choose.

    Each field is set by the flag of its name, by ``TURNOUT_`` and its name in upper case, or by
    its name in the TOML file.

    Attributes:
        data_dir: where the database, the lock and the machine's own key live.
        database_url: an SQLAlchemy URL; empty means SQLite in the data directory.
        host, port: where to listen; port 0 picks a free one and prints it.
        public_url: how people reach the server, for printed links; empty means host and port.
        egress_allow: hosts, host:ports and networks that outgoing calls may reach beside public
            ones, separated by commas; a host without a port allows every port.
        fast_workers, slow_workers: worker processes in the two lanes.
        http_effects: outgoing calls under way at once; one workflow gets at most a quarter.
        advance_seconds: processor time that a run may take from one answer to its next wait.
        advance_memory: MiB of memory that it may take for that.
        run_steps: task executions of one run.
        run_output: bytes of JSON that an expression, a request or a run's output may have.
        run_entries, run_journal: journal entries of one run, and bytes of them.
        event_ttl: seconds for which events are kept for listens that begin later.
    """

    data_dir: Path = Path("turnout-data")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    egress_allow: str = ""
    fast_workers: int = 2
    slow_workers: int = 2
    http_effects: int = 64
    advance_seconds: int = 2
    advance_memory: int = 256
    run_steps: int = 100_000
    run_output: int = 1024 * 1024
    run_entries: int = 100_000
    run_journal: int = 64 * 1024 * 1024
    event_ttl: int = 86_400

    @property
    def database(self) -> str | Path:
        """The database: the URL that is set, or a file, whose path may have any characters."""
        return self.database_url or self.data_dir / "turnout.db"

    def make_data_dir(self) -> None:
        """Make the data directory where it is missing, for its owner alone."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


def load(
    flags: Mapping[str, object] | None = None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Read the settings.

    Args:
        flags: by field name; None values count as not given.

    Raises:
        SettingsError: an unknown name in the file, or a value that does not fit.
    """
    found: dict[str, object] = _from_file(environ)
    for field in fields(Settings):
        text = environ.get(f"TURNOUT_{field.name.upper()}")
        if text is not None:
            found[field.name] = text
    found |= {name: value for name, value in (flags or {}).items() if value is not None}
    return Settings(**{name: _read(name, value) for name, value in found.items()})  # type: ignore[arg-type]


def as_environment(settings: Settings) -> dict[str, str]:
    """The same settings as environment variables, for a process that loads them again."""
    return {f"TURNOUT_{f.name.upper()}": str(getattr(settings, f.name)) for f in fields(Settings)}


def _from_file(environ: Mapping[str, str]) -> dict[str, object]:
    path = Path(environ.get(CONFIG, "turnout.toml"))
    if CONFIG not in environ and not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from None
    known = {field.name for field in fields(Settings)}
    unknown = sorted(set(found) - known)
    if unknown:
        raise SettingsError(
            f"{path}: no setting {unknown[0]!r}; there are {', '.join(sorted(known))}"
        )
    return found


_NUMBERS = {
    "port": (0, 65_535),
    "fast_workers": (1, 64),
    "slow_workers": (1, 64),
    "http_effects": (1, 10_000),
    "advance_seconds": (1, 60),
    "advance_memory": (64, 65_536),
    "run_steps": (1, 1_000_000_000),
    "run_output": (1_024, 32 * 1024 * 1024),
    "run_entries": (10, 1_000_000_000),
    "run_journal": (10_240, 1024 * 1024 * 1024),
    "event_ttl": (1, 31_536_000),
}
"""Number settings, with their smallest and largest values."""


def _read(name: str, value: object) -> object:
    if name == "data_dir":
        return Path(str(value))
    if name not in _NUMBERS:
        return str(value)
    lowest, highest = _NUMBERS[name]
    try:
        number = int(str(value))
    except ValueError:
        number = lowest - 1
    if not lowest <= number <= highest:
        raise SettingsError(f"{name} is {value!r}; it must be a number from {lowest} to {highest}")
    return number
