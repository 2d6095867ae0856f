#!/usr/bin/env bash
# Creates samples/<voice>/<n>.wav with flite (Debian: apt-get install flite sox). 16 kHz, 16 bit, mono.
set -euo pipefail
cd "$(dirname "$0")"

sentences=(
  "Good morning. I would like to know whether my parcel has left the warehouse, and on which day it will arrive."
  "The harbor was quiet before sunrise, and two gray boats waited for the wind to turn towards the north."
  "Please move my appointment from Tuesday afternoon to Thursday at half past nine, if the doctor has time."
  "We planted eleven apple trees behind the old school, because the children asked for a garden of their own."
  "My voice is only one of several signs; a careful service also asks for something that I know or own."
  "When the last train was canceled, the travelers shared a taxi and told each other stories until midnight."
)

for voice in awb rms slt kal; do
  mkdir -p "$voice"
  for n in "${!sentences[@]}"; do
    out="$voice/$((n + 1)).wav"
    flite -voice "$voice" -t "${sentences[$n]}" -o /tmp/voiceroll-sample.wav
    sox -D /tmp/voiceroll-sample.wav -r 16000 -b 16 -c 1 "$out"
  done
done
rm -f /tmp/voiceroll-sample.wav
