"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "environments",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_environments")),
        sa.UniqueConstraint("name", name=op.f("uq_environments_name")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "workflows",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("handle", sa.String(length=63), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("assignment_key", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("revisions", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflows")),
        sa.UniqueConstraint("handle", name=op.f("uq_workflows_handle")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("role", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_api_keys_environment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_api_keys_environment_id_id"), "api_keys", ["environment_id", "id"], unique=False
    )
    op.create_table(
        "audit_log",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.LargeBinary(16), nullable=True),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("after", sa.LargeBinary(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_audit_log_environment_id")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_log")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_audit_log_environment_id_sequence"),
        "audit_log",
        ["environment_id", "sequence"],
        unique=False,
    )
    op.create_table(
        "idempotency",
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_idempotency_environment_id")
        ),
        sa.PrimaryKeyConstraint("environment_id", "key", name=op.f("pk_idempotency")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_idempotency_at"), "idempotency", ["at"], unique=False)
    op.create_table(
        "versions",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=80), nullable=False),
        sa.Column("based_on", sa.LargeBinary(16), nullable=True),
        sa.Column("authors", sa.LargeBinary(), nullable=False),
        sa.Column("trigger_type", sa.String(length=32), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.Column("outputs", sa.LargeBinary(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("definition_codec", sa.Integer(), nullable=False),
        sa.Column("definition", sa.LargeBinary(), nullable=False),
        sa.Column("normalised_codec", sa.Integer(), nullable=False),
        sa.Column("normalised", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["based_on"], ["versions.id"], name=op.f("fk_versions_based_on")),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_versions_workflow_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("workflow_id", "number", name=op.f("uq_versions_workflow_id_number")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.LargeBinary(16), nullable=True),
        sa.Column("authors", sa.LargeBinary(), nullable=False),
        sa.Column("problems", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("definition_codec", sa.Integer(), nullable=False),
        sa.Column("definition", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["based_on"], ["versions.id"], name=op.f("fk_drafts_based_on")),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_drafts_workflow_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("workflow_id", name=op.f("uq_drafts_workflow_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollouts",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("treatment", sa.LargeBinary(16), nullable=False),
        sa.Column("control", sa.LargeBinary(16), nullable=True),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("assignment_key", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["control"], ["versions.id"], name=op.f("fk_rollouts_control")),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_rollouts_environment_id")
        ),
        sa.ForeignKeyConstraint(["treatment"], ["versions.id"], name=op.f("fk_rollouts_treatment")),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_rollouts_workflow_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollouts")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_rollouts_environment_id_workflow_id_id"),
        "rollouts",
        ["environment_id", "workflow_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_rollouts_active",
        "rollouts",
        ["environment_id", "workflow_id", "state"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "set_aside_drafts",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.LargeBinary(16), nullable=True),
        sa.Column("authors", sa.LargeBinary(), nullable=False),
        sa.Column("problems", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("definition_codec", sa.Integer(), nullable=False),
        sa.Column("definition", sa.LargeBinary(), nullable=False),
        sa.Column("set_aside_at", sa.BigInteger(), nullable=False),
        sa.Column("set_aside_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["based_on"], ["versions.id"], name=op.f("fk_set_aside_drafts_based_on")
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_set_aside_drafts_workflow_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside_drafts")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_set_aside_drafts_workflow_id_id"),
        "set_aside_drafts",
        ["workflow_id", "id"],
        unique=False,
    )
    op.create_table(
        "deployments",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("rollout_id", sa.LargeBinary(16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_deployments_environment_id")
        ),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollouts.id"], name=op.f("fk_deployments_rollout_id")
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_deployments_workflow_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployments")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_counts",
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("rollout_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version_id", sa.LargeBinary(16), nullable=False),
        sa.Column("arm", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_run_counts_environment_id")
        ),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollouts.id"], name=op.f("fk_run_counts_rollout_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_run_counts_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_run_counts_workflow_id")
        ),
        sa.PrimaryKeyConstraint(
            "environment_id",
            "workflow_id",
            "rollout_id",
            "version_id",
            "arm",
            "hour",
            "kind",
            "outcome",
            name=op.f("pk_run_counts"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deployment_shares",
        sa.Column("deployment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("label", sa.String(32), nullable=False),
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version_id", sa.LargeBinary(16), nullable=False),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name=op.f("fk_deployment_shares_deployment_id")
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_deployment_shares_environment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_deployment_shares_version_id")
        ),
        sa.PrimaryKeyConstraint("deployment_id", "label", name=op.f("pk_deployment_shares")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_deployment_shares_environment_id_version_id"),
        "deployment_shares",
        ["environment_id", "version_id"],
        unique=False,
    )
    op.create_table(
        "gates",
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("deployment_id", sa.LargeBinary(16), nullable=True),
        sa.Column("rollout_id", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name=op.f("fk_gates_deployment_id")
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_gates_environment_id")
        ),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollouts.id"], name=op.f("fk_gates_rollout_id")),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_gates_workflow_id")
        ),
        sa.PrimaryKeyConstraint("environment_id", "workflow_id", name=op.f("pk_gates")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history_events",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("rollout_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version_id", sa.LargeBinary(16), nullable=False),
        sa.Column("deployment_before", sa.LargeBinary(16), nullable=True),
        sa.Column("deployment_after", sa.LargeBinary(16), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_after"],
            ["deployments.id"],
            name=op.f("fk_history_events_deployment_after"),
        ),
        sa.ForeignKeyConstraint(
            ["deployment_before"],
            ["deployments.id"],
            name=op.f("fk_history_events_deployment_before"),
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_history_events_environment_id")
        ),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollouts.id"], name=op.f("fk_history_events_rollout_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_history_events_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_history_events_workflow_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history_events")),
        sa.UniqueConstraint(
            "environment_id",
            "workflow_id",
            "position",
            name=op.f("uq_history_events_environment_id_workflow_id_position"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version_id", sa.LargeBinary(16), nullable=False),
        sa.Column("deployment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("rollout_id", sa.LargeBinary(16), nullable=False),
        sa.Column("assignment_key", sa.Text(), nullable=True),
        sa.Column("salt", sa.Text(), nullable=True),
        sa.Column("bucket", sa.Integer(), nullable=True),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("arm", sa.String(32), nullable=True),
        sa.Column("interpreter", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("rerun_of", sa.LargeBinary(16), nullable=True),
        sa.Column("phase", sa.String(32), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name=op.f("fk_runs_deployment_id")
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_runs_environment_id")
        ),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollouts.id"], name=op.f("fk_runs_rollout_id")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_runs_version_id")),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_runs_workflow_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_runs_environment_id_id"), "runs", ["environment_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_runs_environment_id_version_id_id"),
        "runs",
        ["environment_id", "version_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_runs_environment_id_workflow_id_id"),
        "runs",
        ["environment_id", "workflow_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_runs_key",
        "runs",
        ["environment_id", "assignment_key", "id"],
        unique=False,
        sqlite_where=sa.text("assignment_key IS NOT NULL"),
        postgresql_where=sa.text("assignment_key IS NOT NULL"),
    )
    op.create_index(
        "ix_runs_not_completed",
        "runs",
        ["environment_id", "phase", "id", "workflow_id", "version_id"],
        unique=False,
        sqlite_where=sa.text("phase <> 'completed'"),
        postgresql_where=sa.text("phase <> 'completed'"),
    )
    op.create_index(
        "ix_runs_outcome",
        "runs",
        ["environment_id", "outcome", "id"],
        unique=False,
        sqlite_where=sa.text("outcome IS NOT NULL"),
        postgresql_where=sa.text("outcome IS NOT NULL"),
    )
    op.create_table(
        "effects",
        sa.Column("run_id", sa.LargeBinary(16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("held", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answer_codec", sa.Integer(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("request_codec", sa.Integer(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_effects_run_id")),
        sa.PrimaryKeyConstraint("run_id", "key", "attempt", name=op.f("pk_effects")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_effects_kind_held_due"), "effects", ["kind", "held", "due"], unique=False
    )
    op.create_index(
        op.f("ix_effects_kind_held_lease_until"),
        "effects",
        ["kind", "held", "lease_until"],
        unique=False,
    )
    op.create_index(
        "ix_effects_answered",
        "effects",
        ["held", "answered_at"],
        unique=False,
        sqlite_where=sa.text("answered_at IS NOT NULL"),
        postgresql_where=sa.text("answered_at IS NOT NULL"),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("run_id", sa.LargeBinary(16), nullable=False),
        sa.Column("effect_key", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_reviews_environment_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_reviews_run_id")),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_reviews_workflow_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "waiting_reviews",
        sa.Column("run_id", sa.LargeBinary(16), nullable=False),
        sa.Column("effect_key", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("review_id", sa.LargeBinary(16), nullable=False),
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("urgency", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_waiting_reviews_environment_id")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_waiting_reviews_review_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "effect_key", "attempt"],
            ["effects.run_id", "effects.key", "effects.attempt"],
            name=op.f("fk_waiting_reviews_run_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_waiting_reviews_workflow_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "effect_key", "attempt", name=op.f("pk_waiting_reviews")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_waiting_reviews_environment_id_urgency_review_id"),
        "waiting_reviews",
        ["environment_id", "urgency", "review_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_waiting_reviews_environment_id_queue_urgency_review_id"),
        "waiting_reviews",
        ["environment_id", "queue", "urgency", "review_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_waiting_reviews_environment_id_workflow_id_urgency_review_id"),
        "waiting_reviews",
        ["environment_id", "workflow_id", "urgency", "review_id"],
        unique=False,
    )
    op.create_table(
        "suspensions",
        sa.Column("run_id", sa.LargeBinary(16), nullable=False),
        sa.Column("phase", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_suspensions_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_suspensions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bulk_actions",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("verb", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refusals", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_bulk_actions_environment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_actions")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_bulk_actions_working",
        "bulk_actions",
        ["state", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'working'"),
        postgresql_where=sa.text("state = 'working'"),
    )
    op.create_table(
        "bulk_runs",
        sa.Column("bulk_id", sa.LargeBinary(16), nullable=False),
        sa.Column("run_id", sa.LargeBinary(16), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["bulk_actions.id"], name=op.f("fk_bulk_runs_bulk_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_bulk_runs_run_id")),
        sa.PrimaryKeyConstraint("bulk_id", "run_id", name=op.f("pk_bulk_runs")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("body_codec", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_events_environment_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_events")),
        sa.UniqueConstraint(
            "environment_id",
            "source",
            "event_id",
            name=op.f("uq_events_environment_id_source_event_id"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_events_environment_id_type_received_at"),
        "events",
        ["environment_id", "type", "received_at"],
        unique=False,
    )
    op.create_index(op.f("ix_events_expires_at"), "events", ["expires_at"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("run_id", sa.LargeBinary(16), nullable=False),
        sa.Column("effect_key", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("environment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("pointer", sa.Text(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("listen", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "effect_key", "attempt"],
            ["effects.run_id", "effects.key", "effects.attempt"],
            name=op.f("fk_subscriptions_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "effect_key", "attempt", "position", name=op.f("pk_subscriptions")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_subscriptions_environment_id_type_pointer_mark"),
        "subscriptions",
        ["environment_id", "type", "pointer", "mark"],
        unique=False,
    )
    op.create_table(
        "deliveries",
        sa.Column("event", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.LargeBinary(16), nullable=False),
        sa.Column("listen", sa.Text(), nullable=False),
        sa.Column("effect_key", sa.Text(), nullable=False),
        sa.Column("workflow_id", sa.LargeBinary(16), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["event"], ["events.number"], name=op.f("fk_deliveries_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event", "run_id", "listen", name=op.f("pk_deliveries")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_deliveries_pending",
        "deliveries",
        ["run_id", "effect_key", "event"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "journal",
        sa.Column("run_id", sa.LargeBinary(16), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("effect_key", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("body_codec", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_journal_run_id")),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f("pk_journal")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_journal_effect",
        "journal",
        ["run_id", "effect_key", "attempt", "kind"],
        unique=True,
        sqlite_where=sa.text("effect_key <> ''"),
        postgresql_where=sa.text("effect_key <> ''"),
    )
    op.create_table(
        "purges",
        sa.Column("run_id", sa.LargeBinary(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_purges_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_purges")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_states",
        sa.Column("run_id", sa.LargeBinary(16), nullable=False),
        sa.Column("body_codec", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_states_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_states")),
        sqlite_with_rowid=False,
    )
