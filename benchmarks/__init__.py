"""Measurements, as ratios in one run on one machine; never run by the tests."""
