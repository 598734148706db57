"""What `benchmarks/train_epoch.py` is made of: its cohort, its two sides and what they share."""
