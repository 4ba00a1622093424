"""The demo's story, told over HTTP as any client would: from the first draft to the revert."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from turnout import sample
from turnout.cli import render, versions
from turnout.cli.client import Client
from turnout.cli.demo_record import Acknowledged, Record, Round
from turnout.cli.failure import Failure
from turnout.cli.history import by_label
from turnout.cli.resource import Resource

_AT_ONCE = 8
_FIRST_SHARE = 25
_SECOND_SHARE = 50


def play(client: Client, *, quiet: bool = False) -> Record:
    """Play it.

    Args:
        quiet: tell nothing on the way.
    """
    story = _Story(client, quiet=quiet)
    story.create()
    story.publish(1, 100)
    story.save_second_draft()
    story.publish(2, _FIRST_SHARE)
    story.trigger(f"v2 at {_FIRST_SHARE} %")
    story.raise_share(_SECOND_SHARE)
    story.trigger(f"v2 at {_SECOND_SHARE} %")
    story.tell_who_moved()
    story.stop()
    story.trigger("after the stop")
    story.revert(2)
    story.trigger("v2 again, alone")
    story.revert(1)
    story.trigger("reverted to v1")
    story.tell_history()
    return story.record


class _Story:
    """The steps, and the record of what was acknowledged."""

    def __init__(self, client: Client, *, quiet: bool) -> None:
        self._client = client
        self._quiet = quiet
        self._step = 0
        self._versions: dict[int, str] = {}
        self.record: Record

    def create(self) -> None:
        """Create the workflow with its first draft; a stale publish of it is refused."""
        attributes = {
            "name": sample.NAME,
            "handle": sample.HANDLE,
            "description": sample.DESCRIPTION,
            "assignment-key": sample.ASSIGNMENT_KEY,
            "outcome": sample.OUTCOME,
            "definition": sample.definition(1),
        }
        self.record = Record(self._client.post("/workflows", attributes).one)
        self.record.changes.append("workflow.create")
        self._tell(f"Create {sample.HANDLE}, with v1 as its draft")
        self._refused("publish a revision that was not reviewed", "publish", {"revision": 7})
        self._refused(
            "a first publish at 50 %", "publish", {"revision": 1, "rollout-percentage": 50}
        )

    def publish(self, number: int, share: float) -> None:
        """Publish the draft."""
        draft = self._client.get(self._path("draft")).one
        attributes = {
            "revision": draft["revision"],
            "rollout-percentage": share,
            "description": f"The sample's version {number}",
        }
        made = self._client.post(self._path("publish"), attributes).one
        self._versions[number] = made.id
        self.record.texts[made.id] = draft["definition"]
        self._did("version.publish", "published", number)
        self._tell(f"Publish v{number} to {share:g} % of new runs")

    def save_second_draft(self) -> None:
        """Save the sample's second version as the draft."""
        path = self._path("draft")
        draft = self._client.put(path, {"definition": sample.definition(2)}, if_match=None).one
        self.record.changes.append("draft.save")
        self._tell("Save the draft of v2; it changes:")
        changes = self._client.get(
            f"/workflow-versions/{draft.id}/diff", against=self._versions[1]
        ).data["attributes"]["changes"]
        for each in () if self._quiet else changes:
            render.say(f"   {each['sentence']}")

    def trigger(self, name: str) -> None:
        """Trigger every applicant once, and show how the runs were decided."""
        live = self._client.get(f"/workflows/{self.record.workflow.id}").one
        listed = versions.of(self._client, self.record.workflow)
        shares = {each["number"]: each["rollout-percentage"] for each in listed if each["live"]}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            runs = tuple(pool.map(self._trigger, sample.applicants()))
        done = Round(name, str(live.related("active-deployment")), shares, runs)
        self.record.rounds.append(done)
        self._tell(f"Trigger all {len(runs)} applicants")
        if not self._quiet:
            _tell_round(done)

    def raise_share(self, share: float) -> None:
        """Raise the treatment's share of the running rollout."""
        rollout = self._rollout()
        state = self._client.get(f"/rollouts/{rollout.id}")
        self._client.patch(
            f"/rollouts/{rollout.id}", {"percentage": share}, if_match=state.etag or ""
        )
        self._did("rollout.set-share", "share-changed", 2)
        self._tell(f"Raise v2 to {share:g} %")

    def tell_who_moved(self) -> None:
        """Show that raising a share only ever adds to the treatment."""
        before, after = (each.treatment() for each in self.record.rounds[-2:])
        if not self._quiet:
            render.say(
                f"   treatment: {len(before)} → {len(after)} applicants; "
                f"{len(after - before)} joined, {len(before - after)} left"
            )

    def stop(self) -> None:
        """Stop the rollout."""
        self._client.post(f"/rollouts/{self._rollout().id}/stop", {"reason": "Enough seen"})
        self._did("rollout.stop", "stopped", 2)
        self._tell("Stop the rollout: every new run goes to v1")
        wanted = {"version-id": self._versions[1]}
        self._refused("a revert to what is live alone already", "revert", wanted)

    def revert(self, number: int) -> None:
        """Put a version live again, alone."""
        attributes = {
            "version-id": self._versions[number],
            "rollout-percentage": 100,
            "description": f"Back to v{number}",
        }
        self._client.post(self._path("revert"), attributes)
        self._did("version.revert", "reverted-to", number)
        self._tell(f"Revert to v{number} at 100 %")

    def tell_history(self) -> None:
        """Show the version history."""
        self._tell("Version history, newest first")
        if self._quiet:
            return
        render.table(
            ("event", "version", "shares", "why"),
            [
                (
                    event["event"],
                    f"v{event['version-number']}",
                    render.change(
                        by_label(event["shares-before"]), by_label(event["shares-after"])
                    ),
                    event["description"],
                )
                for event in self._client.every(self._path("history"))
            ],
        )

    def _trigger(self, applicant: dict[str, Any]) -> Acknowledged:
        run = self._client.post(self._path("trigger"), {"fields": applicant}, wait=30).one
        return Acknowledged(
            id=run.id,
            applicant=applicant["applicantId"],
            version=str(run.related("workflow-version")),
            number=run["version-number"],
            status=run["status"],
            outcome=run["outcome"],
            output=run["output"],
            assignment=run["assignment"],
        )

    def _refused(self, what: str, verb: str, attributes: dict[str, Any]) -> None:
        """Try what must be refused."""
        try:
            self._client.post(self._path(verb), attributes)
        except Failure as failure:
            self.record.refused.append((what, int(failure.code)))
            if not self._quiet:
                render.say(f"   refused: {what}", "dim")
        else:
            self.record.refused.append((what, 0))

    def _rollout(self) -> Resource:
        workflow_id = self.record.workflow.id
        return next(self._client.every("/rollouts", 1, {"workflow-id": workflow_id}))

    def _path(self, verb: str) -> str:
        return f"/workflows/{self.record.workflow.id}/{verb}"

    def _did(self, action: str, event: str, number: int) -> None:
        self.record.changes.append(action)
        self.record.events.append((event, number))

    def _tell(self, text: str) -> None:
        self._step += 1
        if not self._quiet:
            render.say()
            render.say(f"{self._step}. {text}", "bold")


def _tell_round(done: Round) -> None:
    outcomes = sorted({str(run.outcome) for run in done.runs})
    counted = Counter((run.number, str(run.outcome)) for run in done.runs)
    render.table(
        ("version", "share", "runs", *outcomes),
        [
            (
                f"v{number}",
                render.percent(share),
                sum(run.number == number for run in done.runs),
                *(counted[number, outcome] for outcome in outcomes),
            )
            for number, share in done.shares.items()
        ],
    )
