;; Calls itself until there is no stack.
(drop (call $recurse))
