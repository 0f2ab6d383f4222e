;; Gives a result that is no UTF-8.
(i32.store (i32.const 4096) (i32.const 0xFFFEC0FF))
(i32.store (i32.const 2056) (i32.const 4096))
(i32.store (i32.const 2060) (i32.const 4))
