"""Training recipes for Voiceroll's own models. Run from the repository root: `python -m models.training.train`."""
