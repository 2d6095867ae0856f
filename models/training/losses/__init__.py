"""Losses that a recipe can name.

Classifiers are `Loss(embedding, classes, **settings)` and return (loss, accuracy) for (embeddings,
labels, margin). Losses against a teacher are `Loss(embedding, teacher)` and return a loss for
(embeddings, targets).
"""
