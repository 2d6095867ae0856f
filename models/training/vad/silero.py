"""Runs Silero VAD (https://github.com/snakers4/silero-vad, MIT) as a teacher and as a peer.

Its ONNX files are in PyPI's package silero-vad and are never shipped.
"""

from pathlib import Path

import numpy as np
import onnxruntime

from ..features import FRAME, HOP

CHUNK = 512  # samples, 32 ms
CONTEXT = 64  # samples of the chunk before


class Silero:
    """float [samples] at 16 kHz -> probabilities of speech float32 [frames], one per 10 ms frame.

    `model` is silero_vad_16k_sequence.onnx, which takes all chunks of a clip in one call and gives
    the same probabilities as chunk by chunk. A frame gets the value of the chunk with its middle.
    """

    def __init__(self, model: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        frames = 1 + (len(samples) - FRAME) // HOP
        padded = np.pad(samples.astype(np.float32), (CONTEXT, -len(samples) % CHUNK))
        chunks = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + CHUNK)[::CHUNK]
        start = np.zeros((1, 1, 128), np.float32)
        chunk_values = self.session.run(
            ["speech_probs"], {"input": np.ascontiguousarray(chunks), "h": start, "c": start}
        )[0].reshape(-1)
        middles = np.arange(frames) * HOP + FRAME // 2
        return chunk_values[middles // CHUNK]
