;; Scores rows of int8 voiceprints against one probe. `npm run build:wasm` assembles this file into
;; int8-scan-wasm.ts. int8-matrix.ts lays out a block of 1,024 rows, int8-scan.ts the scratch memory.
(module
  (import "env" "memory" (memory 1 65536 shared))

  ;; Writes each row of [row, end) whose upper bound is above `floor` and whose bit in the mask is
  ;; set to the hits, and returns their number. row and end are multiples of 4.
  ;;
  ;;   raw   = dot(codes, probe) * unit * scale                     the cosine, from int8 codes
  ;;   gain  = perProbe + weight / 2 / std                          perProbe = 1 / 2 / probe std
  ;;   upper = gain * (raw + error + slack) - (probeShift + weight * mean / 2 / std)
  ;;
  ;; weight 1: AS-Norm. weight 0, perProbe 1, probeShift 0: the cosine. A row with a NaN or an
  ;; infinite mean is never written.
  (func (export "scan")
    (param $block i32) (param $row i32) (param $end i32) (param $stride i32) (param $scratch i32)
    (param $unit f32) (param $weight f32) (param $perProbe f32) (param $probeShift f32)
    (param $slack f32) (param $floor f32)
    (result i32)
    (local $count i32) (local $bits i32) (local $lane i32) (local $columns i32) (local $column i32)
    (local $codes0 i32) (local $codes1 i32) (local $codes2 i32) (local $codes3 i32)
    (local $probeAt i32) (local $codesEnd i32)
    (local $probe v128) (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)
    (local $halfPerStd v128) (local $upper v128)

    ;; The columns follow the codes of 1,024 rows.
    (local.set $columns (i32.add (local.get $block) (i32.mul (i32.const 1024) (local.get $stride))))
    (block $done
      (loop $rows
        (br_if $done (i32.ge_u (local.get $row) (local.get $end)))

        ;; Four rows at a time share each load of the probe.
        (local.set $codes0 (i32.add (local.get $block) (i32.mul (local.get $row) (local.get $stride))))
        (local.set $codes1 (i32.add (local.get $codes0) (local.get $stride)))
        (local.set $codes2 (i32.add (local.get $codes1) (local.get $stride)))
        (local.set $codes3 (i32.add (local.get $codes2) (local.get $stride)))
        (local.set $codesEnd (local.get $codes1))
        (local.set $probeAt (local.get $scratch))
        (local.set $sum0 (v128.const i32x4 0 0 0 0))
        (local.set $sum1 (v128.const i32x4 0 0 0 0))
        (local.set $sum2 (v128.const i32x4 0 0 0 0))
        (local.set $sum3 (v128.const i32x4 0 0 0 0))
        (loop $dimensions
          ;; Eight dimensions, then eight more: stride is a multiple of 16.
          (local.set $probe (v128.load (local.get $probeAt)))
          (local.set $sum0 (i32x4.add (local.get $sum0)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $codes0)) (local.get $probe))))
          (local.set $sum1 (i32x4.add (local.get $sum1)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $codes1)) (local.get $probe))))
          (local.set $sum2 (i32x4.add (local.get $sum2)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $codes2)) (local.get $probe))))
          (local.set $sum3 (i32x4.add (local.get $sum3)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $codes3)) (local.get $probe))))
          (local.set $probe (v128.load offset=16 (local.get $probeAt)))
          (local.set $sum0 (i32x4.add (local.get $sum0)
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $codes0)) (local.get $probe))))
          (local.set $sum1 (i32x4.add (local.get $sum1)
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $codes1)) (local.get $probe))))
          (local.set $sum2 (i32x4.add (local.get $sum2)
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $codes2)) (local.get $probe))))
          (local.set $sum3 (i32x4.add (local.get $sum3)
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $codes3)) (local.get $probe))))
          (local.set $codes0 (i32.add (local.get $codes0) (i32.const 16)))
          (local.set $codes1 (i32.add (local.get $codes1) (i32.const 16)))
          (local.set $codes2 (i32.add (local.get $codes2) (i32.const 16)))
          (local.set $codes3 (i32.add (local.get $codes3) (i32.const 16)))
          (local.set $probeAt (i32.add (local.get $probeAt) (i32.const 32)))
          (br_if $dimensions (i32.lt_u (local.get $codes0) (local.get $codesEnd))))

        ;; Adds the four lanes of each sum: lane k of $sum0 becomes the dot product of row k.
        (local.set $sum0 (i32x4.add
          (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $sum0) (local.get $sum1))
          (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $sum0) (local.get $sum1))))
        (local.set $sum2 (i32x4.add
          (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $sum2) (local.get $sum3))
          (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $sum2) (local.get $sum3))))
        (local.set $sum0 (i32x4.add
          (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $sum0) (local.get $sum2))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get $sum0) (local.get $sum2))))

        ;; Columns of 1,024 float32: scale, error, mean, std.
        (local.set $column (i32.add (local.get $columns) (i32.shl (local.get $row) (i32.const 2))))
        (local.set $halfPerStd (f32x4.mul
          (f32x4.splat (local.get $weight))
          (f32x4.div (f32x4.splat (f32.const 0.5)) (v128.load offset=12288 (local.get $column)))))
        (local.set $upper (f32x4.mul
          (f32x4.mul (f32x4.convert_i32x4_s (local.get $sum0)) (f32x4.splat (local.get $unit)))
          (v128.load (local.get $column))))
        (local.set $upper (f32x4.add
          (local.get $upper)
          (f32x4.add (v128.load offset=4096 (local.get $column)) (f32x4.splat (local.get $slack)))))
        (local.set $upper (f32x4.sub
          (f32x4.mul (local.get $upper) (f32x4.add (f32x4.splat (local.get $perProbe)) (local.get $halfPerStd)))
          (f32x4.add
            (f32x4.splat (local.get $probeShift))
            (f32x4.mul (v128.load offset=8192 (local.get $column)) (local.get $halfPerStd)))))

        ;; Scratch memory: mask at 12288, a byte for four rows; hits at 4096 (row) and 8192 (upper).
        (local.set $bits (i32.and
          (i32x4.bitmask (f32x4.gt (local.get $upper) (f32x4.splat (local.get $floor))))
          (i32.load8_u offset=12288
            (i32.add (local.get $scratch) (i32.shr_u (local.get $row) (i32.const 2))))))
        (if (local.get $bits) (then
          (v128.store offset=12544 (local.get $scratch) (local.get $upper))
          (loop $lanes
            (local.set $lane (i32.ctz (local.get $bits)))
            (local.set $column (i32.add (local.get $scratch) (i32.shl (local.get $count) (i32.const 2))))
            (i32.store offset=4096 (local.get $column) (i32.add (local.get $row) (local.get $lane)))
            (f32.store offset=8192 (local.get $column)
              (f32.load offset=12544
                (i32.add (local.get $scratch) (i32.shl (local.get $lane) (i32.const 2)))))
            (local.set $count (i32.add (local.get $count) (i32.const 1)))
            (local.set $bits (i32.and (local.get $bits) (i32.sub (local.get $bits) (i32.const 1))))
            (br_if $lanes (local.get $bits)))))

        (local.set $row (i32.add (local.get $row) (i32.const 4)))
        (br $rows)))
    (local.get $count)))
