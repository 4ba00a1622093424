"""The frames of a run as a tree: its own branch, and in every ``fork`` the branches of that."""

from collections.abc import Iterable, Iterator

from turnout.interpreter.state import Branch, Frame

Stacks = list[list[Frame]]
"""Branches from the run's own inwards: each but the first lies in the last frame of the one
before."""


def lineage(stacks: Stacks) -> list[Frame]:
    """The frames from the workflow to the innermost one."""
    return stacks[0] if len(stacks) == 1 else [frame for stack in stacks for frame in stack]


def stacks_to(stack: list[Frame], path: str) -> Stacks | None:
    """The branches to the one in which a task is in progress; None where it is not."""
    for stacks in branches(stack):
        if any(frame.path == path for frame in stacks[-1]):
            return stacks
    return None


def up_to(stacks: Stacks, frame: Frame) -> Stacks:
    """These branches, cut behind one of their frames."""
    for depth, stack in enumerate(stacks):
        for at, each in enumerate(stack):
            if each is frame:
                return [*stacks[:depth], stack[: at + 1]]
    raise AssertionError(f"{frame.path} is in none of these branches")


def tips(stack: list[Frame]) -> list[Stacks]:
    """The branches to every frame that has no branch of its own in progress, in order."""
    return [
        stacks
        for stacks in branches(stack)
        if not any(branch.stack for branch in _inner(stacks[-1][-1]))
    ]


def holds(root: list[Frame], stack: list[Frame]) -> bool:
    """Whether a branch is still one of the run's."""
    return any(each[-1] is stack for each in branches(root))


def inside(frames: Iterable[Frame]) -> Iterator[Frame]:
    """These frames and all in their branches, the outer ones first."""
    for frame in frames:
        yield frame
        for branch in _inner(frame):
            yield from inside(branch.stack)


def branches(stack: list[Frame]) -> Iterator[Stacks]:
    """Every branch that has frames, with those around it, in the order of declaration."""
    pending: list[Stacks] = [[stack]] if stack else []
    while pending:
        stacks = pending.pop()
        yield stacks
        inner = [[*stacks, branch.stack] for branch in _inner(stacks[-1][-1]) if branch.stack]
        pending += reversed(inner)


def _inner(frame: Frame) -> list[Branch]:
    return frame.branches or []
