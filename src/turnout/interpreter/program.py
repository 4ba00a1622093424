"""Compiles a version: everything that can be prepared is, once."""

from turnout.definition import model
from turnout.domain.json import Json
from turnout.interpreter.compiled import CompiledTask, Limits, Program
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
    tasks = {"": root}
    _add_children(root, definition.tasks, compiler, tasks)
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


def _add_children(
    parent: CompiledTask,
    children: tuple[model.Task, ...],
    compiler: Compiler,
    tasks: dict[str, CompiledTask],
) -> None:
    parent.children = tuple(_compile_task(child, compiler, tasks) for child in children)
    parent.positions = {child.name: at for at, child in enumerate(parent.children)}
    for child in children:
        cases = child.cases if isinstance(child, model.SwitchTask) else ()
        for then in (child.then, *(case.then for case in cases)):
            if then not in _DIRECTIVES and then not in parent.positions:
                raise ValueError(f"{child.path} leads to {then!r}, which is not in its scope")


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
        body=handler.prepare(task, compiler),
    )
    if tasks.setdefault(task.path, compiled) is not compiled:
        raise ValueError(f"two tasks have the path {task.path!r}")
    if isinstance(task, model.ForTask):
        compiler = compiler.within(task.each, task.at)
    if isinstance(task, model.DoTask | model.ForTask):
        _add_children(compiled, task.tasks, compiler, tasks)
    return compiled
