;; Takes entry after entry of a table.
(loop $again
  (if (i32.eq (table.grow $wide (ref.null func) (i32.const 4096)) (i32.const -1)) (then (unreachable)))
  (br $again))
