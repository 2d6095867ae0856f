"""Losses that a recipe can name.

Classifiers are `Loss(embedding, classes, **settings)` and give (loss, accuracy) for (embeddings, labels,
margin); losses against a teacher are `Loss(embedding, teacher)` and give a loss for (embeddings, targets).
"""
