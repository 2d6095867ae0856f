#!/usr/bin/env bash
# Makes the recordings of test/audio/recorders.test.ts from samples/, and the samples that ffmpeg
# decodes from them. Needs ffmpeg with libopus, libvorbis and libmp3lame, and python3.
# Last made with ffmpeg 5.1.9.
set -euo pipefail
cd "$(dirname "$0")"
from() { ffmpeg -v error -y -ss 0.3 -t 1.2 -i ../../../samples/slt/1.wav -fflags +bitexact -flags:a +bitexact "$@"; }
stereo=(-af "pan=stereo|c0=c0|c1=0.25*c0")

from -c:a adpcm_ima_wav ima.wav
from "${stereo[@]}" -c:a adpcm_ima_wav ima-stereo.wav
from -c:a adpcm_ms ms.wav
from "${stereo[@]}" -c:a adpcm_ms ms-stereo.wav
from -c:a libopus -b:a 24k -f webm - | cat >live.webm # A pipe: no duration, as browsers record.
from -c:a libopus -b:a 24k opus.mkv
from "${stereo[@]}" -c:a libopus -mapping_family 1 -b:a 32k family1.opus
from -c:a libmp3lame -b:a 24k lame.mp3

python3 - <<'PY'
import json, pathlib, struct, subprocess
points = {}
for file in sorted(pathlib.Path(".").iterdir()):
    if file.suffix in (".sh", ".json"):
        continue
    probe = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=sample_rate,channels", "-of", "json", file],
                           capture_output=True, check=True)
    stream = json.loads(probe.stdout)["streams"][0]
    rate, channels = int(stream["sample_rate"]), stream["channels"]
    # Opus is decoded to 16 kHz here.
    rate = 16000 if file.suffix in (".webm", ".mkv", ".opus") else rate
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", file, "-ar", str(rate), "-f", "f32le", "-"], capture_output=True, check=True).stdout
    samples = struct.unpack(f"<{len(raw) // 4}f", raw)
    points[file.name] = {"rateHz": rate, "channels": channels, "frames": len(samples) // channels,
                         "left": [round(x, 5) for x in samples[::channels]][4000:8000:20]}
pathlib.Path("decoded.json").write_text(json.dumps(points, separators=(",", ":")) + "\n")
PY
