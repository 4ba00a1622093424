"""``run`` and ``validate``: definitions without a server."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import orjson
import pytest

from tests.cli.server import Turnout
from turnout import sample

HEAD = "document: {dsl: '1.0.3', namespace: t, name: t, version: '1.0.0'}\n"


def write(folder: Path, text: str) -> Path:
    file = folder / "definition.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return file


def test_run_prints_the_output_alone(alone: Turnout, texts: dict[int, Path]) -> None:
    applicant = orjson.dumps(sample.applicants()[0]).decode()
    result = alone.process("run", texts[1], "--input", applicant)
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["decision"] == "decline"
    assert not alone.data_dir.exists()


def test_run_reads_its_input_from_a_file_or_stdin(alone: Turnout, tmp_path: Path) -> None:
    file = write(tmp_path, "do: [{twice: {set: {n: '${ .n * 2 }'}}}]\n")
    (tmp_path / "input.json").write_text('{"n": 4}')
    assert json.loads(alone.ok("run", file, "--input", f"@{tmp_path}/input.json")) == {"n": 8}
    assert json.loads(alone.ok("run", file, "--input", "-", input='{"n": 5}')) == {"n": 10}


def test_run_waits_for_its_timers(alone: Turnout, tmp_path: Path) -> None:
    file = write(tmp_path, "do: [{a: {wait: {milliseconds: 30}}}, {b: {set: {done: true}}}]\n")
    assert json.loads(alone.ok("run", file)) == {"done": True}


def test_a_fault_is_the_error_object_alone_on_stderr(alone: Turnout, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "do: [{no: {raise: {error: {type: 'https://example.com/no', status: 418, title: No,"
        " detail: Never}}}}]\n",
    )
    result = alone.process("run", file)
    assert (result.returncode, result.stdout) == (3, "")
    error = json.loads(result.stderr)
    assert error["type"] == "https://example.com/no"
    assert (error["status"], error["title"], error["detail"]) == (418, "No", "Never")
    assert error["instance"]


def test_a_hostile_expression_faults_its_run(alone: Turnout, tmp_path: Path) -> None:
    file = write(tmp_path, "do: [{a: {set: {x: '${ [range(1e9)] }'}}}]\n")
    result = alone.process("run", file)
    assert (result.returncode, result.stdout) == (3, "")
    assert "status" in json.loads(result.stderr)


class Greeting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"key": self.headers["Idempotency-Key"]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


def test_calls_obey_the_egress_policy(alone: Turnout, tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), Greeting)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        host = f"127.0.0.1:{server.server_port}"
        file = write(
            tmp_path,
            f"do: [{{ask: {{call: http, with: {{method: get, endpoint: 'http://{host}/'}}}}}}]\n",
        )
        refused = alone.process("run", file)
        assert refused.returncode == 3
        assert "TURNOUT_EGRESS_ALLOW" in json.loads(refused.stderr)["detail"]
        allowed = alone.process("run", file, TURNOUT_EGRESS_ALLOW=host)
        assert allowed.returncode == 0, allowed.stderr
        assert json.loads(allowed.stdout)["key"].startswith("wfr_")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("do: [{a: {sett: 1}}]\n", "definition.yaml:2:11: error unknown_task_type"),
        ("do: [\n", "definition.yaml:3"),
        ("do: [{a: {set: {x: '${ 1) | (2 }'}}}]\n", "definition.yaml:2:"),
    ],
)
def test_problems_of_the_definition_are_exit_1(
    alone: Turnout, tmp_path: Path, text: str, said: str
) -> None:
    result = alone("run", write(tmp_path, text))
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr


def test_an_input_that_does_not_fit_is_refused(alone: Turnout, texts: dict[int, Path]) -> None:
    result = alone("run", texts[1], "--input", '{"age": "old"}')
    assert result.exit_code == 1
    assert "does not fit" in result.stderr


@pytest.mark.parametrize("given", ["", "[1]", "{", '{"n": NaN}', "[" * 100_000])
def test_what_is_no_json_object_is_a_usage_failure(
    alone: Turnout, texts: dict[int, Path], given: str
) -> None:
    result = alone("run", texts[1], "--input", given)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_validate_tells_file_line_column_code_and_hint(alone: Turnout, tmp_path: Path) -> None:
    file = write(tmp_path, "do: [{a: {sett: 1}}]\n")
    result = alone("validate", file)
    assert result.exit_code == 1
    assert f"{file}:2:11: error unknown_task_type `sett`" in result.stdout
    assert "Did you mean `set`?" in result.stdout


def test_validate_prints_json_for_programs(
    alone: Turnout, tmp_path: Path, texts: dict[int, Path]
) -> None:
    assert alone.json("validate", texts[1], texts[2]) == {"problems": []}
    file = write(tmp_path, "do: [{a: {sett: 1}}]\n")
    result = alone("validate", texts[1], file, "--json")
    assert result.exit_code == 1
    (problem,) = json.loads(result.stdout)["problems"]
    assert problem["file"] == str(file)
    assert (problem["line"], problem["column"], problem["severity"]) == (2, 11, "error")


def test_a_file_that_cannot_be_read_is_a_problem_among_the_others_for_programs(
    alone: Turnout, tmp_path: Path
) -> None:
    file = write(tmp_path, "do: [{a: {sett: 1}}]\n")
    result = alone("validate", tmp_path / "nosuch", file, "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    unread, unknown = json.loads(result.stdout)["problems"]
    assert (unread["file"], unread["code"]) == (str(tmp_path / "nosuch"), "unreadable_file")
    assert "No such file" in unread["message"]
    assert (unknown["file"], unknown["code"]) == (str(file), "unknown_task_type")


def test_files_that_cannot_be_read_are_told(alone: Turnout, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xff\xfe")
    for name, said in (("nosuch", "No such file"), ("latin", "UTF-8"), (".", "directory")):
        result = alone("validate", tmp_path / name)
        assert result.exit_code == 1
        assert said in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_run_sends_its_events_and_ends_where_none_can_come(alone: Turnout, tmp_path: Path) -> None:
    tell = "{tell: {emit: {event: {with: {type: t, data: 1}}}, output: {as: .data}}}"
    assert json.loads(alone.ok("run", write(tmp_path, f"do: [{tell}]\n"))) == 1
    hear = "{hear: {listen: {to: {one: {with: {type: t}}}}}}"
    result = alone.process("run", write(tmp_path, f"do: [{hear}]\n"))
    assert (result.returncode, result.stdout) == (3, "")
    assert "No events come here" in json.loads(result.stderr)["detail"]
    hear = "{hear: {listen: {to: {one: {with: {type: t}}}}, timeout: {after: {milliseconds: 30}}}}"
    result = alone.process("run", write(tmp_path, f"do: [{hear}]\n"))
    assert json.loads(result.stderr)["status"] == 408
