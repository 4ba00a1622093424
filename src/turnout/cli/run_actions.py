"""``turnout runs cancel|suspend|resume|retry``: one run by its id, or all that a filter finds."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from turnout.cli import bulk, references, render, versions
from turnout.cli.bulk import Bulk
from turnout.cli.failure import Usage
from turnout.cli.remote import Remote, examples, remote
from turnout.cli.resource import Resource

Run = Annotated[str, typer.Argument(help="The run's id, or the end of it.")]
Reason = Annotated[str, typer.Option("--message", "-m", help="Why; kept in the audit log.")]
Status = Annotated[str | None, typer.Option(help="completed, faulted, waiting …")]
Version = Annotated[str | None, typer.Option(help="v7, 7 or an id.")]
Arm = Annotated[str | None, typer.Option(help="treatment or control.")]
Outcome = Annotated[str | None, typer.Option(help="How they were decided.")]
AssignmentKey = Annotated[str | None, typer.Option(help="Their assignment key.")]


@dataclass(frozen=True, slots=True)
class Where:
    """Which runs, as the options say it."""

    workflow: str | None
    version: str | None
    status: str | None
    arm: str | None
    outcome: str | None
    assignment_key: str | None
    created_after: str | None = None
    created_before: str | None = None

    @property
    def given(self) -> bool:
        """Whether there is any option."""
        return any(value is not None for value in asdict(self).values())


def filters(remote: Remote, where: Where) -> tuple[Resource | None, dict[str, Any]]:
    """The workflow that the options name, and all of them as the server's filters."""
    found = remote.workflow(where.workflow) if where.workflow else None
    return found, {
        "workflow-id": found.id if found else None,
        "version-id": _version_id(remote, found, where.version),
        "status": where.status,
        "arm": where.arm,
        "outcome": where.outcome,
        "key": where.assignment_key,
        "created-after": where.created_after,
        "created-before": where.created_before,
    }


def find(remote: Remote, reference: str) -> Resource:
    """A run by its id or the end of it."""
    return references.find(remote.client, "/workflow-runs", "wfr", reference)


def act(remote: Remote, reference: str, verb: str, attributes: dict[str, Any]) -> None:
    """Do something to one run, and tell what became of it."""
    before = find(remote, reference)
    answer = remote.client.post(f"/workflow-runs/{before.id}/{verb}", attributes)
    if remote.printed(answer):
        return
    workflow = remote.workflow(str(before.related("workflow")))
    remote.begin(str(workflow["handle"]))
    after = answer.one
    if after.id != before.id:
        render.say(f"{render.short(before.id)} → new run {after.id}: {after['status']}")
        render.say(str(after["reason-for-version"]), "dim")
    else:
        render.say(f"{render.short(before.id)} {before['status']} → {after['status']}")


def _acting(verb: str, told: str, *lines: str) -> Callable[..., None]:
    """The command for a verb."""

    def command(
        remote: Remote,
        run: Annotated[
            str | None, typer.Argument(help="The run's id, or the end of it; none for many.")
        ] = None,
        workflow: Annotated[
            str | None, typer.Option("--workflow", "-w", help="All of this workflow.")
        ] = None,
        version: Annotated[str | None, typer.Option(help="All on v7, 7 or an id.")] = None,
        status: Annotated[str | None, typer.Option(help="All that are waiting, running …")] = None,
        arm: Annotated[str | None, typer.Option(help="All of the treatment or control.")] = None,
        outcome: Annotated[str | None, typer.Option(help="All decided like this.")] = None,
        assignment_key: Annotated[str | None, typer.Option(help="All with this key.")] = None,
        created_after: Annotated[str | None, typer.Option(help="All since 2026-05-14T…Z.")] = None,
        created_before: Annotated[str | None, typer.Option(help="All before then.")] = None,
        count: Annotated[
            int | None, typer.Option("--count", min=0, help="How many match, as you saw it.")
        ] = None,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
        message: Reason = "",
    ) -> None:
        where = Where(
            workflow,
            version,
            status,
            arm,
            outcome,
            assignment_key,
            created_after,
            created_before,
        )
        if (run is None) != where.given:
            raise Usage(f"Give either a run or options that find some: `{lines[-1]}`.")
        if run is not None:
            act(remote, run, verb, {"reason": message})
        else:
            _act_on_all(remote, where, verb, message, yes=yes, count=count)

    command.__name__ = verb
    command.__doc__ = told
    return remote(examples(*lines)(command))


def _act_on_all(
    remote: Remote, where: Where, verb: str, message: str, *, yes: bool, count: int | None
) -> None:
    workflow, found = filters(remote, where)
    remote.begin(str(workflow["handle"]) if workflow else "")
    wish = Bulk(verb, {name: value for name, value in found.items() if value is not None}, message)
    done = bulk.confirmed(remote, wish, yes=yes, named=count)
    if remote.json:
        render.as_json(None if done is None else done.raw)
    elif done is None:
        render.say(f"No run matches that could be {bulk.PAST[verb]}.")
    else:
        bulk.tell(done)
    if done is not None:
        bulk.exit_as(done)


def _version_id(remote: Remote, workflow: Resource | None, reference: str | None) -> str | None:
    if reference is None or reference.startswith("wflv_"):
        return reference
    if workflow is None:
        raise Usage("A version's number needs its workflow, too.")
    return versions.find(versions.of(remote.client, workflow), workflow, reference).id


COMMANDS = (
    _acting(
        "cancel",
        "End a run now, or all that the options find; asks with their number.",
        "turnout runs cancel 4h2k9z0q -m 'Sent twice'",
        "turnout runs cancel --workflow onboarding --version v8 -m 'Wrong threshold'",
    ),
    _acting(
        "suspend",
        "Hold a run where it is, or all that the options find; what comes for it is kept.",
        "turnout runs suspend 4h2k9z0q -m 'The bank asks us to wait'",
        "turnout runs suspend --workflow onboarding --version v8 --status waiting",
    ),
    _acting(
        "resume",
        "Send a suspended run on, or all that the options find, exactly from where they are.",
        "turnout runs resume 4h2k9z0q",
        "turnout runs resume --workflow onboarding --version v8 --yes --count 38",
    ),
    _acting(
        "retry",
        "Send a faulted run on from its failed task, or all that the options find.",
        "turnout runs retry 4h2k9z0q",
        "turnout runs retry --workflow onboarding --created-after 2026-05-14T14:00:00Z",
    ),
)
