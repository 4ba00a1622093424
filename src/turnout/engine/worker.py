"""The main loop of a worker process: take a job, do it within its time, answer, take the next.

Started by ``process.py`` in an empty environment, with one socket as its standard input. It never
answers out of order, so that the server knows which job to blame when it dies.
"""

import os
import signal
import socket
import sys
from functools import partial
from typing import Any, Never

from turnout.engine import confine
from turnout.engine.frames import BadFrame, Splitter, pack

_REBASE_EVERY = 512
_READ = 1 << 18


def main() -> Never:
    """Run until the server closes the socket.

    Arguments: the server's process id, bytes of memory, bytes of a frame, seconds of processor
    time to compile a program, and the bounds of a run in the order of ``interpreter.Limits``.
    """
    parent, memory, frame, compile_cpu, *bounds = sys.argv[1:]
    confine.die_with(int(parent))
    confine.default_signals()
    confine.volunteer_for_oom()
    confine.use_utc()
    connection = socket.socket(fileno=os.dup(0))
    _serve(connection, int(memory), int(frame), float(compile_cpu), [int(each) for each in bounds])
    os._exit(0)


def _serve(
    connection: socket.socket, memory: int, frame: int, compile_cpu: float, bounds: list[int]
) -> None:
    # Imported here: what they cost must not delay die_with, and a failure must be told.
    try:
        from turnout.engine.jobs import Jobs
        from turnout.interpreter.compiled import Limits
    except Exception as error:
        connection.sendall(pack(["failed", repr(error)]))
        return
    splitter = Splitter(frame)
    note = partial(_tell, connection)
    jobs = Jobs(compile_cpu, note, Limits(*bounds))
    confine.lock_down()
    held = confine.Memory(memory)
    connection.sendall(pack(["ready", None]))
    done = compiled = 0
    while data := connection.recv(_READ):
        for name, cpu, arguments in splitter.feed(data):
            answer = _answer(jobs, name, cpu, arguments, frame)
            connection.sendall(answer)
            done += 1
            if jobs.compiled == compiled and done % _REBASE_EVERY:
                continue
            compiled = jobs.compiled
            if not held.rebase():
                connection.sendall(pack(["retire", None]))
                return


def _tell(connection: socket.socket, note: str) -> None:
    connection.sendall(pack(["note", note]))


def _answer(jobs: Any, name: str, cpu: float, arguments: Any, frame: int) -> bytes:
    """The bytes of the answer; a signal ends the process when the job overruns ``cpu``."""
    try:
        signal.setitimer(signal.ITIMER_PROF, cpu)
        packed = pack(jobs.do(name, cpu, arguments))
    except MemoryError:
        return pack(["overran", "memory"])
    except RecursionError:
        return pack(["overran", "depth"])
    except BadFrame as error:
        return pack(["failed", f"{name}: {error}"])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return packed if len(packed) <= frame else pack(["overran", "size"])
