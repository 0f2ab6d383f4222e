;; Asks the host for random bytes, for ever.
(loop $again (call $random (i32.const 1024) (i32.const 4096)) (br $again))
