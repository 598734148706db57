"""Outcome models: learners on tables, networks on images and tables, averages of models."""
