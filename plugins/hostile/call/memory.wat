;; Takes page after page, and crashes when there is none left.
(loop $again
  (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then (unreachable)))
  (br $again))
