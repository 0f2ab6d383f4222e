;; Asks the host for the time, for ever.
(loop $again (drop (call $now)) (br $again))
