"""The study file, its plan, and the line from a study to a report."""
