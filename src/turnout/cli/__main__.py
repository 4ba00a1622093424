"""``python -m turnout.cli`` is ``turnout``."""

from turnout.cli.main import main

main()
