"""Checks of names that refer to what ``use`` declares."""

from turnout.definition.findings import Spot, did_you_mean


def named(spot: Spot, kind: str) -> Spot | None:
    """Check that ``use`` has the component that a text names, and return its spot.

    Args:
        kind: member of ``use``: ``timeouts``, ``errors`` or ``retries``.
    """
    document = spot.findings.document.value
    root = Spot(document, "", spot.variables, spot.findings)
    found = root.at("use", kind, str(spot.value))
    if found is None:
        declared = root.at("use", kind)
        known = list(declared.value) if declared and isinstance(declared.value, dict) else []
        spot.error(
            "unknown_name",
            f"There is no `{str(spot.value)[:100]}` in `use.{kind}`.",
            did_you_mean(str(spot.value), known) or f"Declare it under `use.{kind}`.",
        )
    return found
