"""Definitions: Open Workflow documents, from the text as written to the typed model.

``load`` reads the text with its places, ``validate`` finds problems, ``normalise`` makes the
canonical form and its hash, ``model`` is what interpreter and diff read.
"""
