"""What Turnout does: one verb per file; load, decide in the domain, save, in one transaction."""
