"""A small network that tells speech from everything else, frame by frame."""
