"""Environments and API keys as people see them."""

from turnout.domain.api_key import ApiKey
from turnout.domain.environment import Environment
from turnout.domain.role import Role
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Page, Ports, Slice


async def list_environments(ports: Ports, caller: Caller, page: Page) -> Slice[Environment]:
    """A page of all environments, newest first; they are few, so they are all read."""
    caller.key.role.require(Role.VIEWER)
    every = await ports.store.read(lambda tx: tx.environments.all())
    newest = tuple(sorted(every, key=lambda each: each.id, reverse=True))
    if page.before is not None:
        newer = tuple(each for each in newest if each.id > page.before)
        return Slice(newer[-page.size :], len(newer) > page.size, len(newer) < len(newest))
    rest = tuple(each for each in newest if page.after is None or each.id < page.after)
    return Slice(rest[: page.size], len(rest) < len(newest), len(rest) > page.size)


async def list_api_keys(ports: Ports, caller: Caller, page: Page) -> Slice[ApiKey]:
    """A page of the keys of this environment, revoked ones included.

    Raises:
        Forbidden: only administrators see them.
    """
    caller.key.role.require(Role.ADMIN)
    return await ports.store.read(lambda tx: tx.api_keys.list(caller.environment.id, page))
