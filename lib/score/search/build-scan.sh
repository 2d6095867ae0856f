#!/bin/sh
# Compiles scan.c to WebAssembly and writes scan-wasm.ts. Needs clang and lld (apt-get install clang
# lld). Run it after a change to scan.c. With a path as argument it writes only the bare .wasm to that
# path (test/score/scan.test.ts).
set -eu
cd "$(dirname "$0")"
wasm=${1:-$(mktemp)}
clang --target=wasm32 -msimd128 -O3 -nostdlib -fno-builtin -Wl,--no-entry -Wl,--import-memory -Wl,--strip-all \
  -Wl,-z,stack-size=1024 -o "$wasm" scan.c
[ $# -eq 0 ] || exit 0
cat > scan-wasm.ts <<TS
// Written by build-scan.sh; do not edit.
/** clang --version, first line. */
export const SCAN_COMPILER = "$(clang --version | head -n 1)";
/** sha256 of the scan.c that these bytes were made from. */
export const SCAN_SOURCE = "$(sha256sum scan.c | cut -d ' ' -f 1)";
export const SCAN_WASM = [
$(base64 -w 100 "$wasm" | sed 's/.*/  "&",/')
].join("");
TS
