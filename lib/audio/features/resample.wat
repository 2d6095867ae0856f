;; The filter of the resampler. `npm run build:wasm` assembles this file into resample-wasm.ts;
;; convolve.ts lays out the memory. All addresses are in bytes.
(module
  (import "env" "memory" (memory 1))

  ;; Returns the scalar product of $taps float32 values, a multiple of 4.
  (func $dot (param $x i32) (param $row i32) (param $taps i32) (result f32)
    (local $end i32) (local $pairs i32) (local $a v128) (local $b v128)
    (local.set $end (i32.add (local.get $x) (i32.shl (local.get $taps) (i32.const 2))))
    (local.set $pairs (i32.sub (local.get $end) (i32.const 16)))
    (block $done
      (loop $eight
        (br_if $done (i32.ge_u (local.get $x) (local.get $pairs)))
        (local.set $a (f32x4.add (local.get $a)
          (f32x4.mul (v128.load (local.get $x)) (v128.load (local.get $row)))))
        (local.set $b (f32x4.add (local.get $b)
          (f32x4.mul (v128.load offset=16 (local.get $x)) (v128.load offset=16 (local.get $row)))))
        (local.set $x (i32.add (local.get $x) (i32.const 32)))
        (local.set $row (i32.add (local.get $row) (i32.const 32)))
        (br $eight)))
    (if (i32.lt_u (local.get $x) (local.get $end))
      (then (local.set $a (f32x4.add (local.get $a)
        (f32x4.mul (v128.load (local.get $x)) (v128.load (local.get $row)))))))
    (local.set $a (f32x4.add (local.get $a) (local.get $b)))
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $a)) (f32x4.extract_lane 1 (local.get $a)))
      (f32.add (f32x4.extract_lane 2 (local.get $a)) (f32x4.extract_lane 3 (local.get $a)))))

  ;; Writes the outputs [$next, $end) of which all inputs are there, and returns their number. Output
  ;; i is at input time i * $down / $up, and $dropped inputs are before $input. Its phase selects the
  ;; row, with linear interpolation between two if $interpolate.
  (func (export "convolve")
    (param $input i32) (param $filled i32) (param $dropped f64)
    (param $rows i32) (param $taps i32) (param $phases f64) (param $up f64) (param $down f64)
    (param $interpolate i32) (param $next f64) (param $end f64) (param $to i32)
    (result i32)
    (local $start i32) (local $at i32) (local $row i32)
    (local $whole f64) (local $phase f64) (local $here f32)
    (local.set $start (local.get $to))
    (block $done
      (loop $outputs
        (br_if $done (f64.ge (local.get $next) (local.get $end)))
        (local.set $whole (f64.floor (f64.div (f64.mul (local.get $next) (local.get $down)) (local.get $up))))
        (local.set $at (i32.trunc_f64_s (f64.sub (local.get $whole) (local.get $dropped))))
        (br_if $done (i32.gt_s (i32.add (local.get $at) (local.get $taps)) (local.get $filled)))
        (local.set $at (i32.add (local.get $input) (i32.shl (local.get $at) (i32.const 2))))
        (local.set $phase (f64.mul (local.get $phases) (f64.div
          (f64.sub (f64.mul (local.get $next) (local.get $down)) (f64.mul (local.get $whole) (local.get $up)))
          (local.get $up))))
        ;; Rounding must not select the row before.
        (local.set $row (i32.trunc_f64_s (f64.add (local.get $phase) (f64.const 1e-9))))
        (local.set $phase (f64.sub (local.get $phase) (f64.convert_i32_s (local.get $row))))
        (local.set $row (i32.add (local.get $rows)
          (i32.shl (i32.mul (local.get $row) (local.get $taps)) (i32.const 2))))
        (local.set $here (call $dot (local.get $at) (local.get $row) (local.get $taps)))
        (if (i32.and (local.get $interpolate) (f64.gt (local.get $phase) (f64.const 0)))
          (then (local.set $here (f32.add (local.get $here) (f32.mul
            (f32.demote_f64 (local.get $phase))
            (f32.sub
              (call $dot (local.get $at)
                (i32.add (local.get $row) (i32.shl (local.get $taps) (i32.const 2))) (local.get $taps))
              (local.get $here)))))))
        (f32.store (local.get $to) (local.get $here))
        (local.set $to (i32.add (local.get $to) (i32.const 4)))
        (local.set $next (f64.add (local.get $next) (f64.const 1)))
        (br $outputs)))
    (i32.shr_u (i32.sub (local.get $to) (local.get $start)) (i32.const 2))))
