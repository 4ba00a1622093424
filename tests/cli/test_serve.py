import json
import os
import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.cli.server import Turnout, serving
from turnout import sample
from turnout.cli import server_file
from turnout.cli.server_file import RunningServer
from turnout.storage.lock import DriverLock, data_dir_lock


def test_says_where_it_is_with_its_key_and_three_commands(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        key = next(line.split()[1] for line in server.said if line.startswith("Key:"))
        assert len([line for line in server.said if line.startswith("  turnout ")]) == 3
        answer = httpx.get(
            f"{server.url}/api/v1/workflows", headers={"Authorization": f"Bearer {key}"}
        )
        assert answer.status_code == 200
        assert json.loads((tmp_path / "data" / "server.json").read_text()) == {
            "url": server.url,
            "pid": server.process.pid,
        }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_cleanly_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path / "data") as server:
        server.process.send_signal(number)
        assert server.process.wait(timeout=30) == 0
        assert not (tmp_path / "data" / "server.json").exists()


def test_kill_leaves_nothing_that_hinders_the_next_start(tmp_path: Path) -> None:
    turnout = Turnout(tmp_path / "data")
    with serving(tmp_path / "data") as server:
        turnout.ok("workflow", "create", "kept")
        server.process.kill()
        server.process.wait()
        assert (tmp_path / "data" / "server.json").exists()
        assert turnout("status").exit_code == 5
    with serving(tmp_path / "data"):
        assert "kept" in turnout.ok("workflow", "list")


def test_a_second_server_on_the_same_data_names_the_first(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as first:
        second = Turnout(tmp_path / "data").process("serve", "--port", "0")
        assert second.returncode == 1
        assert f"process {first.process.pid}" in second.stderr
        assert len(second.stderr.splitlines()) == 1
        # The first one's address is still there to be found.
        assert server_file.find(tmp_path / "data") is not None


def test_the_same_port_of_the_same_data_is_said_to_be_served_already(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as first:
        port = httpx.URL(first.url).port
        second = Turnout(tmp_path / "data").process("serve", "--port", port)
        assert second.returncode == 1
        assert first.url in second.stderr


def test_a_taken_port_says_what_to_do(alone: Turnout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = alone.process("serve", "--port", port)
    assert result.returncode == 1
    assert f"127.0.0.1:{port}" in result.stderr
    assert "--port 0" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--host", "no.such.host.invalid"), 1, "no.such.host.invalid"),
        (("--port", "70000"), 2, "65535"),
        (("--nonsense",), 2, "--nonsense"),
    ],
)
def test_what_cannot_be_served_is_one_clear_refusal(
    alone: Turnout, arguments: tuple[str, ...], code: int, said: str
) -> None:
    result = alone.process("serve", *arguments)
    assert result.returncode == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_wrong_setting_is_a_usage_failure(alone: Turnout) -> None:
    result = alone.process("serve", TURNOUT_FAST_WORKERS="many")
    assert result.returncode == 2
    assert "fast_workers" in result.stderr


def test_an_egress_entry_that_is_none_is_a_usage_failure(alone: Turnout) -> None:
    for command in (("serve", "--port", "0"), ("keys", "create")):
        result = alone.process(*command, TURNOUT_EGRESS_ALLOW="http://x")
        assert result.returncode == 2
        assert "'http://x'" in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_a_revoked_machine_key_is_no_hindrance(tmp_path: Path) -> None:
    turnout = Turnout(tmp_path / "data")
    with serving(tmp_path / "data"):
        (key,) = turnout.json("keys", "list")
        turnout.ok("keys", "revoke", key["id"])
        assert turnout("status").exit_code == 1
    with serving(tmp_path / "data", "--with-sample"):
        turnout.ok("status", sample.HANDLE)


def test_what_goes_wrong_once_it_listens_is_one_clear_line(tmp_path: Path) -> None:
    # A folder in the place of a file: the address cannot be written down.
    (tmp_path / "data" / "server.json").mkdir(parents=True)
    result = Turnout(tmp_path / "data").process("serve", "--port", "0")
    assert result.returncode == 1
    assert "cannot start" in result.stderr
    assert "server.json" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    # What was started was ended in order.
    assert not (tmp_path / "data" / "turnout.db-wal").exists()


def test_the_sample_comes_with_its_commands(tmp_path: Path) -> None:
    turnout = Turnout(tmp_path / "data")
    with serving(tmp_path / "data", "--with-sample") as server:
        shown = [line for line in server.said if line.startswith("  turnout ")]
        assert all(sample.HANDLE in line for line in shown)
        (workflow,) = turnout.json("workflow", "list")
        assert workflow["attributes"]["handle"] == sample.HANDLE
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(timeout=30)
    with serving(tmp_path / "data", "--with-sample"):
        assert len(turnout.json("workflow", "list")) == 1


def test_a_server_file_of_a_process_that_is_gone_is_ignored(tmp_path: Path) -> None:
    # Our own process is alive, as one with a used-up id may be; but it drives nothing here.
    mine = RunningServer("http://127.0.0.1:1", os.getpid())
    lock = DriverLock(data_dir_lock(tmp_path))
    server_file.write(tmp_path, mine)
    assert server_file.find(tmp_path) is None
    with lock:
        assert server_file.find(tmp_path) == mine
    assert server_file.find(tmp_path) is None
    with lock:
        server_file.write(tmp_path, RunningServer("http://127.0.0.1:1", os.getppid()))
        assert server_file.find(tmp_path) is None


def test_a_server_file_is_only_taken_back_by_who_wrote_it(tmp_path: Path) -> None:
    here = RunningServer("http://127.0.0.1:1", os.getpid())
    server_file.write(tmp_path, here)
    with DriverLock(data_dir_lock(tmp_path)):
        server_file.remove(tmp_path, os.getpid() + 1)
        assert server_file.find(tmp_path) == here
        server_file.remove(tmp_path, os.getpid())
        assert server_file.find(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": "x"}', '{"url": "x", "pid": "y"}'])
def test_a_broken_server_file_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "server.json").write_text(text)
    assert server_file.find(tmp_path) is None
