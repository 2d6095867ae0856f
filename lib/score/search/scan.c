// Dot products of one probe with many rows. Built by build-scan.sh; no memory of its own, no stack, no library.
#include <stdint.h>
#include <wasm_simd128.h>

// probe [stride], rows [count][stride], out [count]; float32. stride is a multiple of 16 and padded with zeros.
// Four running sums, so that one addition need not wait for the one before it.
__attribute__((export_name("dot"))) void dot(const float *probe, const float *rows, float *out, uint32_t count,
                                             uint32_t stride) {
  for (uint32_t r = 0; r < count; r++, rows += stride) {
    v128_t a = wasm_f32x4_const(0, 0, 0, 0), b = a, c = a, d = a;
    for (uint32_t i = 0; i < stride; i += 16) {
      a = wasm_f32x4_add(a, wasm_f32x4_mul(wasm_v128_load(probe + i), wasm_v128_load(rows + i)));
      b = wasm_f32x4_add(b, wasm_f32x4_mul(wasm_v128_load(probe + i + 4), wasm_v128_load(rows + i + 4)));
      c = wasm_f32x4_add(c, wasm_f32x4_mul(wasm_v128_load(probe + i + 8), wasm_v128_load(rows + i + 8)));
      d = wasm_f32x4_add(d, wasm_f32x4_mul(wasm_v128_load(probe + i + 12), wasm_v128_load(rows + i + 12)));
    }
    v128_t s = wasm_f32x4_add(wasm_f32x4_add(a, b), wasm_f32x4_add(c, d));
    out[r] = wasm_f32x4_extract_lane(s, 0) + wasm_f32x4_extract_lane(s, 1) + wasm_f32x4_extract_lane(s, 2) +
             wasm_f32x4_extract_lane(s, 3);
  }
}
