"""What drives runs: the worker pool, the effects, the embedded engine."""
