"""The native load generator: `wrk`, from Debian's package of that name."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

THREADS = 1
"""One generator thread leaves most of a two-core machine to what is measured."""


@dataclass(frozen=True)
class Load:
    """What one run of the generator measured.

    Attributes:
        per_second: answers per second.
        p50, p99: latency in milliseconds.
        bad: answers that were not 2xx or 3xx, and broken connections.
    """

    per_second: float
    p50: float
    p99: float
    bad: int


def post(url: str, body: str, *, key: str, clients: int, seconds: int) -> Load:
    """Send the same POST from ``clients`` connections for ``seconds``.

    Raises:
        SystemExit: `wrk` is not installed.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("The benchmarks need wrk: apt-get install wrk")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_script(body, key))
        script.flush()
        done = subprocess.run(
            [
                wrk,
                f"-t{THREADS}",
                f"-c{clients}",
                f"-d{seconds}s",
                "--latency",
                "-s",
                script.name,
                url,
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    return _read(done.stdout)


def _script(body: str, key: str) -> str:
    return (
        'wrk.method = "POST"\n'
        'wrk.headers["Content-Type"] = "application/json"\n'
        f'wrk.headers["Authorization"] = "Bearer {key}"\n'
        f"wrk.body = [==[{body}]==]\n"
    )


def _read(told: str) -> Load:
    bad = sum(int(count) for count in re.findall(r"Non-2xx or 3xx responses: (\d+)", told))
    for counts in re.findall(r"Socket errors: (.*)", told):
        bad += sum(int(count) for count in re.findall(r"\d+", counts))
    return Load(
        float(_found(r"Requests/sec:\s+([\d.]+)", told)),
        _milliseconds(_found(r"\n\s+50%\s+(\S+)", told)),
        _milliseconds(_found(r"\n\s+99%\s+(\S+)", told)),
        bad,
    )


def _found(pattern: str, told: str) -> str:
    found = re.search(pattern, told)
    if found is None:
        raise SystemExit(f"wrk said nothing of {pattern!r}:\n{told}")
    return found.group(1)


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def machine() -> str:
    """What it ran on, in a line."""
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    cores = subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{cores} cores, {model.group(1) if model else 'unknown processor'}"
