"""The tables.

Ids are 16 bytes, instants microseconds, shares basis points, payloads bytes beside a codec tag.
``environment_id`` leads what belongs to an environment. Actors are text: not only keys act.
Tables are clustered by their primary key, so none has a hidden row number that ``REPLACE`` could
aim at, and an id's rows lie together.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from turnout.domain.assignment import ArmLabel
from turnout.domain.bulk import BulkState, BulkVerb
from turnout.domain.history import HistoryKind
from turnout.domain.ids import Prefix
from turnout.domain.journal import EntryKind
from turnout.domain.rollout import RolloutKind, RolloutState
from turnout.domain.run import Phase
from turnout.domain.subscription import DeliveryState
from turnout.storage.types import JsonBytes, TypeId, Word

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_with_rowid=False)


def _id(name: str, prefix: Prefix, target: str | None = None, **options: Any) -> Column[str]:
    options.setdefault("nullable", False)
    keys = [ForeignKey(target)] if target else []
    return Column(name, TypeId(prefix), *keys, **options)


def _environment(**options: Any) -> Column[str]:
    return _id("environment_id", Prefix.ENVIRONMENT, "environments.id", **options)


def _workflow(**options: Any) -> Column[str]:
    return _id("workflow_id", Prefix.WORKFLOW, "workflows.id", **options)


def _at(name: str, **options: Any) -> Column[int]:
    options.setdefault("nullable", False)
    return Column(name, BigInteger, **options)


def _payload(name: str) -> tuple[Column[int], Column[bytes]]:
    codec = Column(f"{name}_codec", Integer, nullable=False)
    return codec, Column(name, LargeBinary, nullable=False)


environments = _table(
    "environments",
    _id("id", Prefix.ENVIRONMENT, primary_key=True),
    Column("name", String(63), nullable=False, unique=True),
    _at("created_at"),
)

api_keys = _table(
    "api_keys",
    _id("id", Prefix.API_KEY, primary_key=True),
    _environment(),
    Column("role", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    _at("created_at"),
    _at("revoked_at", nullable=True),
    Index(None, "environment_id", "id"),
)

workflows = _table(
    "workflows",
    _id("id", Prefix.WORKFLOW, primary_key=True),
    Column("handle", String(63), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("assignment_key", Text),
    Column("outcome", Text),
    Column("versions", Integer, nullable=False),
    Column("revisions", Integer, nullable=False),
    _at("created_at"),
    _at("updated_at"),
    _at("archived_at", nullable=True),
)


def _draft_columns() -> tuple[Column[Any], ...]:
    return (
        Column("revision", Integer, nullable=False),
        _id("based_on", Prefix.VERSION, "versions.id", nullable=True),
        Column("authors", JsonBytes, nullable=False),
        Column("problems", JsonBytes, nullable=False),
        _at("created_at"),
        _at("updated_at"),
        *_payload("definition"),
    )


drafts = _table(
    "drafts",
    _id("id", Prefix.VERSION, primary_key=True),
    _workflow(unique=True),
    *_draft_columns(),
)

set_aside_drafts = _table(
    "set_aside_drafts",
    _id("id", Prefix.VERSION, primary_key=True),
    _workflow(),
    *_draft_columns(),
    _at("set_aside_at"),
    Column("set_aside_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "workflow_id", "id"),
)

versions = _table(
    "versions",
    _id("id", Prefix.VERSION, primary_key=True),
    _workflow(),
    Column("number", Integer, nullable=False),
    Column("content_hash", String(80), nullable=False),
    _id("based_on", Prefix.VERSION, "versions.id", nullable=True),
    Column("authors", JsonBytes, nullable=False),
    Column("trigger_type", String(32), nullable=False),
    Column("inputs", JsonBytes, nullable=False),
    Column("outputs", JsonBytes, nullable=False),
    Column("description", Text, nullable=False),
    _at("created_at"),
    _at("published_at"),
    Column("published_by", Text, nullable=False),
    *_payload("definition"),
    *_payload("normalised"),
    UniqueConstraint("workflow_id", "number"),
)

rollouts = _table(
    "rollouts",
    _id("id", Prefix.ROLLOUT, primary_key=True),
    _environment(),
    _workflow(),
    Column("kind", Word(RolloutKind), nullable=False),
    Column("state", Word(RolloutState), nullable=False),
    _id("treatment", Prefix.VERSION, "versions.id"),
    _id("control", Prefix.VERSION, "versions.id", nullable=True),
    Column("basis_points", Integer, nullable=False),
    Column("assignment_key", Text),
    Column("revision", Integer, nullable=False),
    _at("started_at"),
    Column("started_by", Text, nullable=False),
    _at("ended_at", nullable=True),
    Column("ended_by", Text),
    Column("reason", Text, nullable=False),
    Index(None, "environment_id", "workflow_id", "id"),
    Index(
        "uq_rollouts_active",
        "environment_id",
        "workflow_id",
        "state",
        unique=True,
        sqlite_where=text("state = 'active'"),
        postgresql_where=text("state = 'active'"),
    ),
)

deployments = _table(
    "deployments",
    _id("id", Prefix.DEPLOYMENT, primary_key=True),
    _environment(),
    _workflow(),
    _id("rollout_id", Prefix.ROLLOUT, "rollouts.id"),
    _at("created_at"),
    Column("created_by", Text, nullable=False),
)

deployment_shares = _table(
    "deployment_shares",
    _id("deployment_id", Prefix.DEPLOYMENT, "deployments.id", primary_key=True),
    Column("label", Word(ArmLabel), primary_key=True),
    _environment(),
    _id("version_id", Prefix.VERSION, "versions.id"),
    Column("basis_points", Integer, nullable=False),
    Index(None, "environment_id", "version_id"),
)

gates = _table(
    "gates",
    _environment(primary_key=True),
    _workflow(primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("paused", Boolean, nullable=False),
    _id("deployment_id", Prefix.DEPLOYMENT, "deployments.id", nullable=True),
    _id("rollout_id", Prefix.ROLLOUT, "rollouts.id", nullable=True),
)

history_events = _table(
    "history_events",
    _id("id", Prefix.EVENT, primary_key=True),
    _environment(),
    _workflow(),
    Column("position", BigInteger, nullable=False),
    Column("kind", Word(HistoryKind), nullable=False),
    _id("rollout_id", Prefix.ROLLOUT, "rollouts.id"),
    _id("version_id", Prefix.VERSION, "versions.id"),
    _id("deployment_before", Prefix.DEPLOYMENT, "deployments.id", nullable=True),
    _id("deployment_after", Prefix.DEPLOYMENT, "deployments.id"),
    Column("actor", Text, nullable=False),
    _at("at"),
    Column("reason", Text, nullable=False),
    UniqueConstraint("environment_id", "workflow_id", "position"),
)

audit_log = _table(
    "audit_log",
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    _environment(nullable=True),
    Column("before", JsonBytes),
    Column("after", JsonBytes),
    Column("actor", Text, nullable=False),
    _at("at"),
    Column("reason", Text, nullable=False),
    Column("previous", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Index(None, "environment_id", "sequence"),
)

_NOT_COMPLETED = text("phase <> 'completed'")
_HAS_OUTCOME = text("outcome IS NOT NULL")
_HAS_KEY = text("assignment_key IS NOT NULL")

runs = _table(
    "runs",
    _id("id", Prefix.RUN, primary_key=True),
    _environment(),
    _workflow(),
    _id("version_id", Prefix.VERSION, "versions.id"),
    _id("deployment_id", Prefix.DEPLOYMENT, "deployments.id"),
    _id("rollout_id", Prefix.ROLLOUT, "rollouts.id"),
    # NULL: the key is the run's own id, which stands there already.
    Column("assignment_key", Text),
    Column("salt", Text),
    Column("bucket", Integer),
    Column("basis_points", Integer, nullable=False),
    Column("arm", Word(ArmLabel)),
    Column("interpreter", Integer, nullable=False),
    _at("created_at"),
    Column("creator", Text, nullable=False),
    _id("rerun_of", Prefix.RUN, nullable=True),
    Column("phase", Word(Phase), nullable=False),
    Column("outcome", Text),
    _at("ended_at", nullable=True),
    Column("sequence", BigInteger, nullable=False),
    Index(None, "environment_id", "id"),
    Index(None, "environment_id", "workflow_id", "id"),
    Index(None, "environment_id", "version_id", "id"),
    Index(
        "ix_runs_not_completed",
        "environment_id",
        "phase",
        "id",
        # So that those of one version are counted without reading the runs themselves.
        "workflow_id",
        "version_id",
        sqlite_where=_NOT_COMPLETED,
        postgresql_where=_NOT_COMPLETED,
    ),
    Index(
        "ix_runs_outcome",
        "environment_id",
        "outcome",
        "id",
        sqlite_where=_HAS_OUTCOME,
        postgresql_where=_HAS_OUTCOME,
    ),
    Index(
        "ix_runs_key",
        "environment_id",
        "assignment_key",
        "id",
        sqlite_where=_HAS_KEY,
        postgresql_where=_HAS_KEY,
    ),
)

_OF_EFFECT = text("effect_key <> ''")

journal = _table(
    "journal",
    _id("run_id", Prefix.RUN, "runs.id", primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Word(EntryKind), nullable=False),
    _at("at"),
    Column("effect_key", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    *_payload("body"),
    Index(
        "uq_journal_effect",
        "run_id",
        "effect_key",
        "attempt",
        "kind",
        unique=True,
        sqlite_where=_OF_EFFECT,
        postgresql_where=_OF_EFFECT,
    ),
)

purges = _table(
    "purges",
    _id("run_id", Prefix.RUN, "runs.id", primary_key=True),
    _at("at"),
    Column("actor", Text, nullable=False),
)

run_states = _table(
    "run_states",
    _id("run_id", Prefix.RUN, "runs.id", primary_key=True),
    *_payload("body"),
)

_ANSWERED = text("answered_at IS NOT NULL")
_WORKING = text("state = 'working'")

effects = _table(
    "effects",
    _id("run_id", Prefix.RUN, "runs.id", primary_key=True),
    Column("key", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("digest", String(80), nullable=False),
    _at("due", nullable=True),
    Column("idempotency_key", Text, nullable=False),
    _id("workflow_id", Prefix.WORKFLOW),
    Column("owner", Text),
    # 0: nobody holds it.
    _at("lease_until", server_default=text("0")),
    # 0: open; 1: its run is suspended; 2: its run goes on, and takes the answer that was kept.
    Column("held", Integer, nullable=False, server_default=text("0")),
    _at("answered_at", nullable=True),
    Column("answer_codec", Integer),
    Column("answer", LargeBinary),
    *_payload("request"),
    Index(None, "kind", "held", "due"),
    Index(None, "kind", "held", "lease_until"),
    Index(
        "ix_effects_answered",
        "held",
        "answered_at",
        sqlite_where=_ANSWERED,
        postgresql_where=_ANSWERED,
    ),
)

reviews = _table(
    "reviews",
    _id("id", Prefix.REVIEW, primary_key=True),
    _environment(),
    _workflow(),
    _id("run_id", Prefix.RUN, "runs.id"),
    Column("effect_key", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("queue", Text, nullable=False),
    _at("due", nullable=True),
    _at("asked_at"),
)

waiting_reviews = _table(
    "waiting_reviews",
    _id("run_id", Prefix.RUN, primary_key=True),
    Column("effect_key", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    _id("review_id", Prefix.REVIEW, "reviews.id"),
    _environment(),
    _workflow(),
    Column("queue", Text, nullable=False),
    # When it is due, or the largest number for never.
    Column("urgency", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["run_id", "effect_key", "attempt"],
        ["effects.run_id", "effects.key", "effects.attempt"],
        ondelete="CASCADE",
    ),
    Index(None, "environment_id", "urgency", "review_id"),
    Index(None, "environment_id", "queue", "urgency", "review_id"),
    Index(None, "environment_id", "workflow_id", "urgency", "review_id"),
)

suspensions = _table(
    "suspensions",
    _id("run_id", Prefix.RUN, "runs.id", primary_key=True),
    Column("phase", Word(Phase), nullable=False),
    _at("at"),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("problem", Text),
)

bulk_actions = _table(
    "bulk_actions",
    _id("id", Prefix.BULK, primary_key=True),
    _environment(),
    Column("verb", Word(BulkVerb), nullable=False),
    Column("state", Word(BulkState), nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    _at("created_at"),
    _at("ended_at", nullable=True),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("refusals", JsonBytes, nullable=False),
    Index(
        "ix_bulk_actions_working",
        "state",
        "id",
        sqlite_where=_WORKING,
        postgresql_where=_WORKING,
    ),
)

bulk_runs = _table(
    "bulk_runs",
    _id("bulk_id", Prefix.BULK, "bulk_actions.id", primary_key=True),
    _id("run_id", Prefix.RUN, "runs.id", primary_key=True),
)

_PENDING = text("state = 'pending'")

events = _table(
    "events",
    # The order in which they came, which is what a listen hears them in.
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    _environment(),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    _at("received_at"),
    _at("expires_at"),
    Column("sender", Text, nullable=False),
    *_payload("body"),
    UniqueConstraint("environment_id", "source", "event_id"),
    Index(None, "environment_id", "type", "received_at"),
    Index(None, "expires_at"),
)

subscriptions = _table(
    "subscriptions",
    _id("run_id", Prefix.RUN, primary_key=True),
    Column("effect_key", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _id("environment_id", Prefix.ENVIRONMENT),
    # As ``Subscription`` has them; '' is any type, and no place.
    Column("type", Text, nullable=False),
    Column("pointer", Text, nullable=False),
    Column("mark", LargeBinary, nullable=False),
    _id("workflow_id", Prefix.WORKFLOW),
    Column("listen", Text, nullable=False),
    # They go with their effect, however that ends.
    ForeignKeyConstraint(
        ["run_id", "effect_key", "attempt"],
        ["effects.run_id", "effects.key", "effects.attempt"],
        ondelete="CASCADE",
    ),
    Index(None, "environment_id", "type", "pointer", "mark"),
)

deliveries = _table(
    "deliveries",
    Column(
        "event",
        BigInteger,
        ForeignKey("events.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    _id("run_id", Prefix.RUN, primary_key=True),
    # Path of the task: one event is for one of its visits alone.
    Column("listen", Text, primary_key=True),
    Column("effect_key", Text, nullable=False),
    _id("workflow_id", Prefix.WORKFLOW),
    Column("state", Word(DeliveryState), nullable=False),
    Index(
        "ix_deliveries_pending",
        "run_id",
        "effect_key",
        "event",
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    ),
)

idempotency = _table(
    "idempotency",
    _environment(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("subject", Text, nullable=False),
    _at("at"),
    Index(None, "at"),
)

run_counts = _table(
    "run_counts",
    _environment(primary_key=True),
    _workflow(primary_key=True),
    _id("rollout_id", Prefix.ROLLOUT, "rollouts.id", primary_key=True),
    _id("version_id", Prefix.VERSION, "versions.id", primary_key=True),
    Column("arm", String(32), primary_key=True),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(32), primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
