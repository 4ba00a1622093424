"""What is true in Turnout, whoever asks and wherever it is stored.

Frozen dataclasses and functions that return new ones. Nothing here reads a clock, draws a
random number, does I/O or imports a third-party package.
"""
