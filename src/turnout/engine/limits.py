"""How much a worker may use, and how many jobs may wait for one: all numbers in one place."""

from dataclasses import dataclass, field

from turnout.interpreter.compiled import Limits as RunLimits

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use.

    The fast lane goes by processor time, because a busy machine must not make innocent jobs
    overrun; wall time is only the backstop behind it.

    Attributes:
        fast_cpu: seconds of processor time in the fast lane; then the job moves to the slow one.
        fast_wall: seconds from when its worker starts it, likewise.
        slow_cpu, slow_wall: the same in the slow lane.
        repeat_cpu: processor time to repeat on a fresh worker what overran there; more if it
            ended early.
        grace: seconds that a job of the slow lane may take on top of its processor time, to
            compile on a busy machine; never more than ``slow_wall`` in all.
        compile_cpu: processor time to compile a program that its worker does not have yet, on
            top of ``fast_cpu``.
        assign_cpu: processor time for an assignment key that is evaluated alone.
        plain_cpu: processor time to repeat without its outcome expression what overran with it.
        memory: bytes a job may allocate on top of what its worker holds.
        frame: bytes of one message to or from a worker; a run's whole journal must fit.
        run: bounds of a run that is accepted now.
    """

    fast_cpu: float = 0.05
    fast_wall: float = 1.0
    slow_cpu: float = 2.0
    slow_wall: float = 2.0
    repeat_cpu: float = 0.5
    grace: float = 0.5
    compile_cpu: float = 0.5
    assign_cpu: float = 0.1
    plain_cpu: float = 0.25
    memory: int = 256 * MIB
    frame: int = 96 * MIB
    run: RunLimits = field(default_factory=RunLimits)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many workers there are, and how many jobs may wait.

    Attributes:
        fast, slow: worker processes of these lanes.
        trial: those on which a version's first job runs, so that only proven ones meet the others.
        spares: started ahead, to take a killed worker's place at once.
        pipeline: jobs sent to a busy fast worker ahead of its answer, itself included.
        fast_queue, slow_queue: jobs waiting per lane; more are refused as ``Busy``.
        slow_per_group: jobs of one workflow waiting in the slow lane.
        patience: seconds a call waits in all for the trial and the slow lane before it is
            refused as ``Busy``.
        check_patience: the same for a draft's check, which goes first and so waits for one job.
        repeat_patience: seconds that a repeat there waits for its fresh worker, likewise.
        readiness: seconds in which a ready server has done a job.
        suspicion: seconds for which a version that overran skips the fast lane.
    """

    fast: int = 2
    slow: int = 2
    trial: int = 1
    spares: int = 2
    pipeline: int = 4
    fast_queue: int = 1000
    slow_queue: int = 64
    slow_per_group: int = 16
    patience: float = 1.0
    check_patience: float = 1.5
    repeat_patience: float = 0.5
    readiness: float = 10.0
    suspicion: float = 30.0
