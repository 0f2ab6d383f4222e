;; Gives a result of 100 MB.
(drop (memory.grow (i32.const 1600)))
(memory.fill (i32.const 131072) (i32.const 49) (i32.const 104857600))
(i32.store (i32.const 2056) (i32.const 131072))
(i32.store (i32.const 2060) (i32.const 104857600))
