;; Frames before, and log-mel after the power spectrum (spectrum.wat), for two frames at a time: each
;; 128-bit value has one float64 of either frame. `npm run build:wasm` assembles this file into
;; log-mel-wasm.ts; log-mel.ts lays out the memory. All addresses are in bytes.
(module
  (import "env" "memory" (memory 1))

  ;; Writes a frame that starts at $a, and one that starts at $b, as float64: minus the mean times
  ;; $center, pre-emphasized, scaled and windowed. The first sample also serves as the one before it.
  (func (export "load")
    (param $a i32) (param $b i32) (param $length i32) (param $window i32) (param $to i32)
    (param $center f64) (param $preemphasis f64) (param $scale f64)
    (local $i i32) (local $at i32)
    (local $x v128) (local $sum v128) (local $mean v128) (local $previous v128)
    (local.set $at (local.get $to))
    (loop $sums
      (local.set $x (f64x2.promote_low_f32x4
        (v128.load32_lane 1 (local.get $b) (v128.load32_zero (local.get $a)))))
      (v128.store (local.get $at) (local.get $x))
      (local.set $sum (f64x2.add (local.get $sum) (local.get $x)))
      (local.set $a (i32.add (local.get $a) (i32.const 4)))
      (local.set $b (i32.add (local.get $b) (i32.const 4)))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $sums (i32.lt_u (local.get $i) (local.get $length))))
    (local.set $mean (f64x2.mul
      (f64x2.div (local.get $sum) (f64x2.splat (f64.convert_i32_u (local.get $length))))
      (f64x2.splat (local.get $center))))
    (local.set $previous (f64x2.sub (v128.load (local.get $to)) (local.get $mean)))
    (local.set $at (local.get $to))
    (local.set $i (i32.const 0))
    (loop $samples
      (local.set $x (f64x2.sub (v128.load (local.get $at)) (local.get $mean)))
      (v128.store (local.get $at)
        (f64x2.mul
          (f64x2.mul
            (f64x2.sub (local.get $x)
              (f64x2.mul (f64x2.splat (local.get $preemphasis)) (local.get $previous)))
            (f64x2.splat (local.get $scale)))
          (v128.load64_splat (local.get $window))))
      (local.set $previous (local.get $x))
      (local.set $window (i32.add (local.get $window) (i32.const 8)))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $samples (i32.lt_u (local.get $i) (local.get $length)))))

  ;; Writes the power in each of $bins triangles, at least $floor, as float32: of one frame to $a, of
  ;; the other to $b. $filters has two int32 for each: the byte at which its spectrum starts, and its
  ;; number of weights. $weights has those of all, as float64.
  (func (export "mel")
    (param $spectrum i32) (param $filters i32) (param $weights i32) (param $bins i32) (param $floor f64)
    (param $a i32) (param $b i32)
    (local $at i32) (local $end i32) (local $sum v128)
    (loop $triangles
      (local.set $at (i32.add (local.get $spectrum) (i32.load (local.get $filters))))
      (local.set $end (i32.add (local.get $weights)
        (i32.shl (i32.load offset=4 (local.get $filters)) (i32.const 3))))
      (local.set $sum (v128.const f64x2 0 0))
      (block $done
        (loop $terms
          (br_if $done (i32.ge_u (local.get $weights) (local.get $end)))
          (local.set $sum (f64x2.add (local.get $sum)
            (f64x2.mul (v128.load64_splat (local.get $weights)) (v128.load (local.get $at)))))
          (local.set $weights (i32.add (local.get $weights) (i32.const 8)))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $terms)))
      (local.set $sum (f32x4.demote_f64x2_zero
        (f64x2.max (local.get $sum) (f64x2.splat (local.get $floor)))))
      (v128.store32_lane 0 (local.get $a) (local.get $sum))
      (v128.store32_lane 1 (local.get $b) (local.get $sum))
      (local.set $filters (i32.add (local.get $filters) (i32.const 8)))
      (local.set $a (i32.add (local.get $a) (i32.const 4)))
      (local.set $b (i32.add (local.get $b) (i32.const 4)))
      (local.set $bins (i32.sub (local.get $bins) (i32.const 1)))
      (br_if $triangles (local.get $bins))))

  ;; Writes the natural logarithm of float32 values, four at a time until $end. They must be positive
  ;; and not denormal. test/audio/fbank.test.ts has the error. Source: Cephes, single/logf.c.
  (func (export "log") (param $from i32) (param $end i32) (param $to i32)
    (local $x v128) (local $exponent v128) (local $below v128) (local $square v128) (local $y v128)
    (loop $values
      (local.set $x (v128.load (local.get $from)))
      (local.set $exponent (f32x4.convert_i32x4_s
        (i32x4.sub (i32x4.shr_u (local.get $x) (i32.const 23)) (v128.const i32x4 126 126 126 126))))
      ;; The mantissa in [0.5, 1), then in [sqrt(0.5), sqrt(2)), minus 1
      (local.set $x (v128.or
        (v128.and (local.get $x) (v128.const i32x4 0x7fffff 0x7fffff 0x7fffff 0x7fffff))
        (v128.const f32x4 0.5 0.5 0.5 0.5)))
      (local.set $below (f32x4.lt (local.get $x)
        (v128.const f32x4 0.70710678 0.70710678 0.70710678 0.70710678)))
      (local.set $exponent (f32x4.sub (local.get $exponent)
        (v128.and (local.get $below) (v128.const f32x4 1 1 1 1))))
      (local.set $x (f32x4.add (f32x4.sub (local.get $x) (v128.const f32x4 1 1 1 1))
        (v128.and (local.get $below) (local.get $x))))
      (local.set $square (f32x4.mul (local.get $x) (local.get $x)))
      (local.set $y (v128.const f32x4 7.0376836292e-2 7.0376836292e-2 7.0376836292e-2 7.0376836292e-2))
      (local.set $y (f32x4.add (f32x4.mul (local.get $y) (local.get $x))
        (v128.const f32x4 -1.1514610310e-1 -1.1514610310e-1 -1.1514610310e-1 -1.1514610310e-1)))
      (local.set $y (f32x4.add (f32x4.mul (local.get $y) (local.get $x))
        (v128.const f32x4 1.1676998740e-1 1.1676998740e-1 1.1676998740e-1 1.1676998740e-1)))
      (local.set $y (f32x4.add (f32x4.mul (local.get $y) (local.get $x))
        (v128.const f32x4 -1.2420140846e-1 -1.2420140846e-1 -1.2420140846e-1 -1.2420140846e-1)))
      (local.set $y (f32x4.add (f32x4.mul (local.get $y) (local.get $x))
        (v128.const f32x4 1.4249322787e-1 1.4249322787e-1 1.4249322787e-1 1.4249322787e-1)))
      (local.set $y (f32x4.add (f32x4.mul (local.get $y) (local.get $x))
        (v128.const f32x4 -1.6668057665e-1 -1.6668057665e-1 -1.6668057665e-1 -1.6668057665e-1)))
      (local.set $y (f32x4.add (f32x4.mul (local.get $y) (local.get $x))
        (v128.const f32x4 2.0000714765e-1 2.0000714765e-1 2.0000714765e-1 2.0000714765e-1)))
      (local.set $y (f32x4.add (f32x4.mul (local.get $y) (local.get $x))
        (v128.const f32x4 -2.4999993993e-1 -2.4999993993e-1 -2.4999993993e-1 -2.4999993993e-1)))
      (local.set $y (f32x4.add (f32x4.mul (local.get $y) (local.get $x))
        (v128.const f32x4 3.3333331174e-1 3.3333331174e-1 3.3333331174e-1 3.3333331174e-1)))
      (local.set $y (f32x4.mul (f32x4.mul (local.get $y) (local.get $x)) (local.get $square)))
      (local.set $y (f32x4.add (local.get $y) (f32x4.mul (local.get $exponent)
        (v128.const f32x4 -2.12194440e-4 -2.12194440e-4 -2.12194440e-4 -2.12194440e-4))))
      (local.set $y (f32x4.sub (local.get $y)
        (f32x4.mul (local.get $square) (v128.const f32x4 0.5 0.5 0.5 0.5))))
      (v128.store (local.get $to)
        (f32x4.add (f32x4.add (local.get $x) (local.get $y)) (f32x4.mul (local.get $exponent)
          (v128.const f32x4 0.693359375 0.693359375 0.693359375 0.693359375))))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (br_if $values (i32.lt_u (local.get $from) (local.get $end))))))
