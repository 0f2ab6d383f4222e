;; Writes one key after the other, each longer than the last, whatever the host says to it.
(memory.fill (i32.const 8192) (i32.const 97) (i32.const 200))
(loop $again
  (global.set $depth (i32.rem_u (i32.add (global.get $depth) (i32.const 1)) (i32.const 200)))
  (call $kv (i32.const 1) (i32.const 8192) (i32.add (global.get $depth) (i32.const 1)) (i64.const 1)
    (i32.const 0) (i64.const 0) (i32.const 4096))
  (br $again))
