;; Never starts.
(func $never (loop $again (br $again)))
(start $never)
