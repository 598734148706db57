"""What `benchmarks/radiomics.py` is made of: its cases, its child processes and its floor."""
