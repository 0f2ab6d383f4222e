;; Never says what it is.
(loop $again (br $again))
