"""The fold: a run's journal in, its state, wanted effects and end out; no I/O, clock or chance.

Start reading at ``fold``; ``program`` compiles a definition once per version, ``machine`` drives
its tasks, and each task type has a file of its own, listed in ``handlers``.
"""
