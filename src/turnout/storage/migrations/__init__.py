"""Alembic migrations, as package data."""
