"""All repositories over one connection."""

from turnout.storage.api_keys import SqlApiKeys
from turnout.storage.audit import SqlAudit
from turnout.storage.bulks import SqlBulks
from turnout.storage.drafts import SqlDrafts
from turnout.storage.effects import SqlEffects
from turnout.storage.environments import SqlEnvironments
from turnout.storage.events import SqlEvents
from turnout.storage.gates import SqlGates
from turnout.storage.history import SqlHistory
from turnout.storage.idempotency import SqlIdempotency
from turnout.storage.ids import TypeIds
from turnout.storage.reviews import SqlReviews
from turnout.storage.rollouts import SqlRollouts
from turnout.storage.runs import SqlRuns
from turnout.storage.session import Session
from turnout.storage.suspensions import SqlSuspensions
from turnout.storage.versions import SqlVersions
from turnout.storage.workflows import SqlWorkflows


class SqlTransaction:
    """The port ``Transaction``; made once per connection, good while a work runs."""

    def __init__(self, session: Session, ids: TypeIds) -> None:
        self.environments = SqlEnvironments(session)
        self.api_keys = SqlApiKeys(session)
        self.workflows = SqlWorkflows(session)
        self.drafts = SqlDrafts(session)
        self.versions = SqlVersions(session)
        self.gates = SqlGates(session, ids)
        self.rollouts = SqlRollouts(session)
        self.history = SqlHistory(session)
        self.audit = SqlAudit(session)
        self.runs = SqlRuns(session)
        self.effects = SqlEffects(session)
        self.events = SqlEvents(session)
        self.reviews = SqlReviews(session)
        self.idempotency = SqlIdempotency(session)
        self.suspensions = SqlSuspensions(session)
        self.bulks = SqlBulks(session)
