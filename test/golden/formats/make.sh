#!/usr/bin/env bash
# Makes the recordings of test/audio/recorders.test.ts from samples/, and the samples that ffmpeg
# decodes from them. Needs ffmpeg with libopus, libvorbis and libmp3lame, sox with opencore-amrnb
# (libsox-fmt-all), gcc with vo-amrwbenc, and python3.
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

# Without noise bands, whose noise is random in every decoder.
from "${stereo[@]}" -ar 44100 -c:a aac -aac_pns 0 -b:a 64k iphone.m4a
from -ar 22050 -c:a aac -aac_pns 0 -b:a 32k android.3gp
from -ar 48000 -c:a aac -aac_pns 0 -b:a 48k -movflags frag_keyframe+empty_moov -f mp4 - | cat >safari.mp4 # A pipe, as browsers record.
from -ar 48000 -c:a libopus -b:a 24k -movflags frag_keyframe+empty_moov -f mp4 - | cat >opus.mp4
from -ar 32000 -c:a aac -b:a 48k stream.aac
from -ar 44100 -c:a aac -b:a 48k aac.mkv
from "${stereo[@]}" -ar 44100 -c:a libvorbis -q:a 2 vorbis.ogg
from -c:a libvorbis -q:a -1 vorbis.webm
from "${stereo[@]}" -c:a adpcm_ima_qt ima4.caf
from -c:a pcm_s16be pcm.caf
from -ar 48000 -c:a libopus -b:a 24k opus.caf
from -ar 8000 -f wav - | sox -t wav - -C 7 -t amr-nb narrow.amr
gcc -x c -o wide-encoder - -lvo-amrwbenc <<'C'
#include <stdio.h>
#include <vo-amrwbenc/enc_if.h>
int main(void) {
  short samples[320];
  unsigned char frame[64];
  void *encoder = E_IF_init();
  fputs("#!AMR-WB\n", stdout);
  while (fread(samples, 2, 320, stdin) == 320) fwrite(frame, 1, E_IF_encode(encoder, 4, samples, frame, 0), stdout);
  return 0;
}
C
from -ar 16000 -f s16le - | ./wide-encoder >wide.awb && rm wide-encoder
ffmpeg -v error -y -i narrow.amr -c:a copy -fflags +bitexact amr.3gp

python3 - <<'PY'
import json, pathlib, struct, subprocess
points = {}
for file in sorted(pathlib.Path(".").iterdir()):
    if file.suffix in (".sh", ".json"):
        continue
    probe = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "a", "-show_entries", "stream=sample_rate,channels,codec_name", "-of", "json", file],
                           capture_output=True, check=True)
    stream = json.loads(probe.stdout)["streams"][0]
    rate, channels = int(stream["sample_rate"]), stream["channels"]
    # Opus is decoded to 16 kHz here.
    codec = stream["codec_name"]
    rate = 16000 if codec == "opus" else rate
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", file, "-ar", str(rate), "-f", "f32le", "-"], capture_output=True, check=True).stdout
    samples = struct.unpack(f"<{len(raw) // 4}f", raw)
    frames = len(samples) // channels
    points[file.name] = {"rateHz": rate, "channels": channels, "frames": frames}
    for channel, name in list(enumerate(["left", "right"]))[:channels]:
        points[file.name][name] = [round(x, 5) for x in samples[channel::channels][:: frames // 250]]
pathlib.Path("decoded.json").write_text(json.dumps(points, separators=(",", ":")) + "\n")
PY
