"""Compiles a version: everything that can be prepared is, once."""

from collections.abc import Iterator

from turnout.definition import model
from turnout.domain.json import Json
from turnout.interpreter.compiled import Block, CompiledTask, Limits, Program
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.expressions import compiled
from turnout.interpreter.handlers import HANDLERS
from turnout.interpreter.schemas import Misfit

__all__ = ["REVISION", "Limits", "Program", "compile", "input_problems"]

REVISION = 1
"""Of the interpreter; a run keeps the one it started with, as its ``accepted`` entry says."""

_DIRECTIVES = ("continue", "exit", "end")


def compile(
    definition: model.Definition, outcome: str | None = None, limits: Limits | None = None
) -> Program:
    """Compile a validated definition.

    Args:
        definition: each of its expressions passed ``compile_expression``.
        outcome: the workflow's outcome expression, without ``${ }``.
        limits: bounds for its runs; default ``Limits()``.

    Raises:
        ValueError: an expression, schema or flow directive in it is wrong after all.
    """
    compiler = Compiler()
    root = CompiledTask("", "", "", definition.source, "continue", HANDLERS[model.DoTask])
    root.input = compiler.flow(definition.input)
    root.output = compiler.flow(definition.output)
    if definition.timeout is not None:
        root.timeout = compiler.length(definition.timeout, same="input")
    tasks = {"": root}
    root.blocks = (_compile_block(definition.tasks, compiler, tasks),)
    return Program(
        definition=definition,
        root=root,
        tasks=tasks,
        outcome=None if outcome is None else compiled(outcome, ()),
        limits=limits or Limits(),
    )


def input_problems(program: Program, input: Json) -> list[Misfit]:
    """Every place where a run's input does not fit the workflow's input schema."""
    flow = program.root.input
    if flow is None or flow.schema is None:
        return []
    return flow.schema.misfits(input)


def _compile_block(
    children: tuple[model.Task, ...], compiler: Compiler, tasks: dict[str, CompiledTask]
) -> Block:
    compiled = tuple(_compile_task(child, compiler, tasks) for child in children)
    positions = {child.name: at for at, child in enumerate(compiled)}
    for child in children:
        for then in _directives(child):
            if then not in _DIRECTIVES and then not in positions:
                raise ValueError(f"{child.path} leads to {then!r}, which is not in its scope")
    return Block(compiled, positions)


def _directives(task: model.Task) -> Iterator[str]:
    """Every place in its scope that a task may lead to."""
    yield task.then
    if isinstance(task, model.SwitchTask):
        yield from (case.then for case in task.cases)
    if isinstance(task, model.TryTask) and task.handled_then is not None:
        yield task.handled_then


def _compile_task(
    task: model.Task, compiler: Compiler, tasks: dict[str, CompiledTask]
) -> CompiledTask:
    handler = HANDLERS[type(task)]
    compiled = CompiledTask(
        name=task.name,
        path=task.path,
        reference=task.reference,
        definition=task.definition,
        then=task.then,
        handler=handler,
        condition=compiler.optional(task.condition),
        input=compiler.flow(task.input),
        output=compiler.flow(task.output),
        export=compiler.flow(task.export, same="output"),
        timeout=None if task.timeout is None else compiler.length(task.timeout, same="input"),
        body=handler.prepare(task, compiler),
    )
    if tasks.setdefault(task.path, compiled) is not compiled:
        raise ValueError(f"two tasks have the path {task.path!r}")
    compiled.blocks = tuple(
        _compile_block(block, compiler.within(*handler.names(task, at)), tasks)
        for at, block in enumerate(task.blocks)
    )
    return compiled
