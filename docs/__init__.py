"""The pages, and what writes those parts of them that come from the code."""
