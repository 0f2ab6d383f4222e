;; Crashes when it is asked what it is.
unreachable
