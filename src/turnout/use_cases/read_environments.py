"""Environments and API keys as people see them."""

from collections.abc import Sequence

from turnout.domain.api_key import ApiKey
from turnout.domain.environment import Environment
from turnout.domain.role import Role
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Page, Ports, Slice


async def list_environments(ports: Ports, caller: Caller) -> Sequence[Environment]:
    """All environments."""
    caller.key.role.require(Role.VIEWER)
    return await ports.store.read(lambda tx: tx.environments.all())


async def list_api_keys(ports: Ports, caller: Caller, page: Page) -> Slice[ApiKey]:
    """A page of the keys of this environment, revoked ones included.

    Raises:
        Forbidden: only administrators see them.
    """
    caller.key.role.require(Role.ADMIN)
    return await ports.store.read(lambda tx: tx.api_keys.list(caller.environment.id, page))
