;; A whole plugin with one tool, `do`. The parts between @ are filled in by the test: they are what a guest may do
;; wrong. The result that it gives, unless a body says otherwise, is {"ok":true}.
(component
  (import "cicerone:plugin/types@1.0.0" (instance $types
    (type $field' (record (field "key" string) (field "value" string)))
    (export "field" (type $field (eq $field')))
    (type $effects' (flags "read-only" "idempotent" "destructive" "open-world"))
    (export "effects" (type $effects (eq $effects')))
    (type $tool-def' (record
      (field "name" string) (field "title" (option string)) (field "description" string)
      (field "input-schema" string) (field "output-schema" (option string)) (field "effects" $effects)
      (field "timeout-ms" (option u32)) (field "extra" (list $field))))
    (export "tool-def" (type $tool-def (eq $tool-def')))
    (type $plugin-info' (record
      (field "name" string) (field "version" string) (field "description" string)
      (field "tools" (list $tool-def)) (field "extra" (list $field))))
    (export "plugin-info" (type (eq $plugin-info')))
    (type $call-context' (record
      (field "call-id" string) (field "attempt" u32) (field "deadline-ms" u64) (field "session-id" string)
      (field "flow" string) (field "state" string) (field "locale" (option string))
      (field "traceparent" (option string)) (field "extra" (list $field))))
    (export "call-context" (type (eq $call-context')))
    (type $error-kind' (enum "invalid-input" "not-found" "unauthenticated" "forbidden" "conflict"
      "rate-limited" "unavailable" "internal"))
    (export "error-kind" (type $error-kind (eq $error-kind')))
    (type $tool-error' (record
      (field "kind" $error-kind) (field "code" (option string)) (field "message" string)
      (field "retryable" bool) (field "retry-after-ms" (option u64)) (field "details" (option string))))
    (export "tool-error" (type (eq $tool-error')))
    (type $tool-output' (record
      (field "value" string) (field "context-patch" (list $field)) (field "say" (list string))
      (field "extra" (list $field))))
    (export "tool-output" (type (eq $tool-output')))))
  (alias export $types "field" (type $field))
  (alias export $types "plugin-info" (type $plugin-info))
  (alias export $types "call-context" (type $call-context))
  (alias export $types "tool-output" (type $tool-output))
  (alias export $types "tool-error" (type $tool-error))

  (import "cicerone:plugin/log@1.0.0" (instance $log
    (alias outer 1 $field (type $f))
    (export "field" (type $field (eq $f)))
    (type $level' (enum "trace" "debug" "info" "warn" "error"))
    (export "level" (type $level (eq $level')))
    (export "emit" (func (param "level" $level) (param "message" string) (param "fields" (list $field))))))
  (import "cicerone:plugin/runtime@1.0.0" (instance $runtime
    (export "now-ms" (func (result u64)))
    (export "remaining-ms" (func (result u64)))
    (export "random" (func (param "length" u32) (result (list u8))))))
  @imports@

  (core module $libc
    (memory (export "memory") 2 @pages@)
    (global $free (mut i32) (i32.const 65536))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.set $free (i32.add (local.get $at) (local.get 3)))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
  (core func $emit (canon lower (func $log "emit") (memory (core memory $libc "memory"))))
  (core func $now (canon lower (func $runtime "now-ms")))
  (core func $left (canon lower (func $runtime "remaining-ms")))
  (core func $random (canon lower (func $runtime "random")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  @lowered@

  (core module $main
    (import "libc" "memory" (memory 2))
    (import "host" "emit" (func $emit (param i32 i32 i32 i32 i32)))
    (import "host" "now" (func $now (result i64)))
    (import "host" "left" (func $left (result i64)))
    (import "host" "random" (func $random (param i32 i32)))
    @imported@
    (global $depth (mut i32) (i32.const 0))
    ;; plugin-info at 1024, tool-def at 1088, the result at 2048
    (data (i32.const 256) "testing")
    (data (i32.const 272) "1.0.0")
    (data (i32.const 288) "A guest \1b[31mof the tests.")
    (data (i32.const 320) "@tool@")
    (data (i32.const 400) "@schema@")
    (data (i32.const 512) "{\22ok\22:true}")
    (data (i32.const 528) "Sold \07out.")
    (data (i32.const 544) "sold_out")
    (data (i32.const 560) "/booking/id")
    (data (i32.const 576) "{\22left\22:0}")
    (data (i32.const 592) "/cart/0")
    (data (i32.const 1024) "\00\01\00\00\07\00\00\00\10\01\00\00\05\00\00\00\20\01\00\00\1a\00\00\00\40\04\00\00\01\00\00\00")
    (data (i32.const 1088) "\40\01\00\00@toollen@\00\00\00\00\00\00\00\00\00\00\00\00\20\01\00\00\1a\00\00\00\90\01\00\00@schemalen@\00\00\00")
    (data (i32.const 2056) "\00\02\00\00\0b\00\00\00")
    (func $recurse (result i32)
      (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
      (i32.add (call $recurse) (global.get $depth)))
    (func (export "describe") (result i32)
      @describe@
      (i32.const 1024))
    (func (export "call") (param $ask i32) (result i32)
      @call@
      (i32.const 2048)))
  (core instance $main (instantiate $main
    (with "libc" (instance $libc))
    (with "host" (instance
      (export "emit" (func $emit)) (export "now" (func $now)) (export "left" (func $left))
      (export "random" (func $random)) @passed@))))

  (func $describe (result $plugin-info) (canon lift (core func $main "describe")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func $call (param "ctx" $call-context) (param "name" string) (param "args" string)
    (result (result $tool-output (error $tool-error)))
    (canon lift (core func $main "call")
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (instance $tools (export "describe" (func $describe)) (export "call" (func $call)))
  (export "cicerone:plugin/tools@1.0.0" (instance $tools)))
