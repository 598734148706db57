"""One file a feature class: formulas on intensities, matrices or the mask, and nothing else."""
