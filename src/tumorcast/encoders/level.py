"""How many features an encoder has beside those of its last stage; without torch."""

LEVEL_FEATURES = 16
"""Features of mean and spread, beside those of a network that normalises both away."""
FINE_STAGES = 2
"""Stages, from the finest, whose features are told apart by region."""
REGION_STATISTICS = 6
"""Mean and spread in the whole crop, in the tumour and around it."""
