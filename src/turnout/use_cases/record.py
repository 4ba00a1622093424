"""Write a change into the audit log, in the transaction that makes it (I10)."""

from turnout.domain.audit import AuditRecord
from turnout.domain.by import By
from turnout.domain.deployment import Deployment
from turnout.domain.gate import Change
from turnout.domain.json import JsonObject
from turnout.use_cases.ports import Transaction


def record(
    tx: Transaction,
    action: str,
    subject: str,
    by: By,
    *,
    environment_id: str | None = None,
    before: JsonObject | None = None,
    after: JsonObject | None = None,
) -> None:
    """Append one entry; see ``AuditRecord`` for the arguments."""
    tx.audit.append(AuditRecord(action, subject, environment_id, before, after, by))


def record_change(
    tx: Transaction,
    action: str,
    change: Change,
    before: Deployment | None,
    by: By,
    extra: JsonObject | None = None,
) -> None:
    """Append the entry of a decision on traffic: the shares before and after.

    Args:
        extra: what else became so, beside the shares.
    """
    record(
        tx,
        action,
        change.rollout.id,
        by,
        environment_id=change.gate.environment_id,
        before=shares(before),
        after={**shares(change.gate.deployment), **(extra or {})},
    )


def shares(deployment: Deployment | None) -> JsonObject:
    """Version id → percentage, of a deployment."""
    if deployment is None:
        return {}
    return {share.version_id: share.basis_points / 100 for share in deployment.shares}
