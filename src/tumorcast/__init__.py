"""tumorcast: what happens to a cancer patient, from what is known before treatment."""
