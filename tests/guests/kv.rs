//! Guests that keep data.

use crate::template::Guest;

/// The imports of a guest that asks for `kv`, in the template's four places.
const KV: [&str; 4] = [
    r#"(import "cicerone:plugin/kv@1.0.0" (instance $kv
        (type $s (enum "session" "plugin"))
        (export "scope" (type $scope (eq $s)))
        (type $e (variant (case "not-granted") (case "too-large" u64) (case "quota" u64)
          (case "unavailable" string)))
        (export "kv-error" (type $error (eq $e)))
        (export "increment" (func (param "scope" $scope) (param "key" string) (param "by" s64)
          (param "ttl-ms" (option u64)) (result (result s64 (error $error)))))))"#,
    r#"(core func $kv (canon lower (func $kv "increment")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))"#,
    r#"(import "host" "kv" (func $kv (param i32 i32 i32 i64 i32 i64 i32)))"#,
    r#"(export "kv" (func $kv))"#,
];

impl Guest {
    pub(crate) fn with_kv(call: &'static str) -> Self {
        Self { parts: KV, ..Self::that(call) }
    }
}
