"""Turnout: business workflows that change while they are live."""

__version__ = "0.1.0"
