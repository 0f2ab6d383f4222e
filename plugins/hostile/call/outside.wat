;; Gives a result that lies outside of its memory.
(i32.store (i32.const 2056) (i32.const 0x7FFFFFFF))
(i32.store (i32.const 2060) (i32.const 0x7FFFFFFF))
