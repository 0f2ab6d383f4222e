;; Computes for ever.
(loop $again (br $again))
