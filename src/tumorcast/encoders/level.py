"""How many features tell the level of a crop."""

LEVEL_FEATURES = 16
"""Features of mean and spread, beside those of a network that normalises both away."""
