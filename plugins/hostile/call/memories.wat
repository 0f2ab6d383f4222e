;; Takes pages of three memories in turn: a limit on each would be none.
(loop $again
  (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then (unreachable)))
  (if (i32.eq (call $first) (i32.const -1)) (then (unreachable)))
  (if (i32.eq (call $second) (i32.const -1)) (then (unreachable)))
  (br $again))
