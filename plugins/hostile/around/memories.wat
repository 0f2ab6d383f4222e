(core module $more
  (memory 1)
  (func (export "grow") (result i32) (memory.grow (i32.const 16))))
(core instance $first (instantiate $more))
(core instance $second (instantiate $more))
(alias core export $first "grow" (core func $first))
(alias core export $second "grow" (core func $second))
