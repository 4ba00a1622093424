"""Durable state: SQLAlchemy Core tables, Alembic migrations and one repository per noun.

SQLite now, PostgreSQL later: nothing outside ``database.py``, ``guards.py``,
``prepared.py``, ``session.py`` and ``store.py`` knows which database it is.
"""
