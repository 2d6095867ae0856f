"""Speaker networks that a recipe can name: `Backbone(mels, embedding, **settings)`."""
