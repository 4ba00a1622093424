"""Roles of API keys: each may do what the one before it may, and more."""

from enum import IntEnum

from turnout.domain.errors import Forbidden, Invalid


class Role(IntEnum):
    """Ordered: a higher role includes the lower ones.

    ``viewer`` reads; ``operator`` also triggers, acts on runs, stops, reverts to a control;
    ``editor`` also drafts; ``publisher`` also deploys and pauses; ``admin`` may do all.
    """

    VIEWER = 1
    OPERATOR = 2
    EDITOR = 3
    PUBLISHER = 4
    ADMIN = 5

    @property
    def word(self) -> str:
        """The role as people write it: ``publisher``."""
        return self.name.lower()

    def require(self, needed: "Role") -> None:
        """Refuse when this role is below ``needed``.

        Raises:
            Forbidden: it is; the details name both.
        """
        if self < needed:
            raise Forbidden(
                "role_too_low",
                f"This needs a key with the role {needed.word} or higher; "
                f"yours has the role {self.word}.",
            )


def parse(word: str) -> Role:
    """Read a role's word.

    Raises:
        Invalid: there is no such role; the details list them.
    """
    for role in Role:
        if role.word == word:
            return role
    known = ", ".join(role.word for role in Role)
    raise Invalid(
        "invalid_value",
        f"There is no role {word[:80]!r}; use one of {known}.",
        "/data/attributes/role",
    )
