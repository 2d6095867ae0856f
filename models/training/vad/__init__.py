"""A small network that separates speech from everything else, frame by frame."""
