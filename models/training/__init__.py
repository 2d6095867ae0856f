"""Training recipes for our own models. Run from the repository root: `python -m models.training.train`."""
