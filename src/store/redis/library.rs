//! What is done inside Redis, in Lua: as a library of functions where the server lets us load one, as scripts where it
//! does not. The library's name carries what is in it, so that hosts of two versions do not take each other's.

use redis::{Cmd, FromRedisValue, RedisError, Script, ServerErrorKind, cmd};
use sha2::{Digest, Sha256};

use crate::link::{Failure, Link, Patience};

/// One thing that is done in Redis at once.
#[derive(Debug)]
pub(super) struct Function {
    name: &'static str,
    /// Its Lua, after what it uses.
    parts: &'static [&'static str],
    flags: &'static str,
}

const fn writes(name: &'static str, parts: &'static [&'static str]) -> Function {
    Function { name, parts, flags: "" }
}

/// What makes room may do so when there is none.
const fn frees(name: &'static str, parts: &'static [&'static str]) -> Function {
    Function { name, parts, flags: "allow-oom" }
}

const fn reads(name: &'static str, parts: &'static [&'static str]) -> Function {
    Function { name, parts, flags: "no-writes" }
}

const FORGET: &str = include_str!("lua/forget.lua");
const FLOWS: &str = include_str!("lua/flows.lua");
const DRAFTS: &str = include_str!("lua/drafts.lua");
const KEPT: &str = include_str!("lua/kv.lua");

pub(super) const COMMIT: Function = writes("commit", &[include_str!("lua/commit.lua")]);
pub(super) const PAGE: Function = reads("page", &[include_str!("lua/page.lua")]);
pub(super) const DELETE: Function = frees("delete", &[FORGET, include_str!("lua/delete.lua")]);
pub(super) const GONE: Function = frees("gone", &[FORGET, include_str!("lua/gone.lua")]);
pub(super) const EXPIRE: Function = frees("expire", &[FORGET, include_str!("lua/expire.lua")]);
pub(super) const PUT_OFF: Function = writes("put_off", &[include_str!("lua/put_off.lua")]);
pub(super) const BEAT: Function = frees("beat", &[include_str!("lua/beat.lua")]);
pub(super) const FLOW_PUT: Function = writes("flow_put", &[FLOWS]);
pub(super) const FLOW_OLD: Function = reads("flow_old", &[FLOWS]);
pub(super) const FLOW_DROP: Function = frees("flow_drop", &[FLOWS]);
pub(super) const ACTIVATE: Function = writes("activate", &[FLOWS]);
pub(super) const ROLL_OUT: Function = writes("roll_out", &[FLOWS]);
pub(super) const ACTIVE: Function = reads("active", &[FLOWS]);
pub(super) const DRAFT_PUT: Function = writes("draft_put", &[DRAFTS]);
pub(super) const DRAFT_DELETE: Function = frees("draft_delete", &[DRAFTS]);
pub(super) const COUNT_MORE: Function = writes("count_more", &[include_str!("lua/counts.lua")]);
pub(super) const KV_GET: Function = reads("kv_get", &[KEPT]);
pub(super) const KV_SET: Function = writes("kv_set", &[KEPT]);
pub(super) const KV_DELETE: Function = frees("kv_delete", &[KEPT]);
pub(super) const KV_ADD: Function = writes("kv_add", &[KEPT]);
pub(super) const KV_SWAP: Function = writes("kv_swap", &[KEPT]);
pub(super) const KV_FORGET: Function = frees("kv_forget", &[KEPT]);
pub(super) const KV_EXPIRE: Function = frees("kv_expire", &[KEPT]);
pub(super) const PROBE: Function = writes("probe", &[include_str!("lua/probe.lua")]);

const ALL: [&Function; 24] = [
    &COMMIT,
    &PAGE,
    &DELETE,
    &GONE,
    &EXPIRE,
    &PUT_OFF,
    &BEAT,
    &FLOW_PUT,
    &FLOW_OLD,
    &FLOW_DROP,
    &ACTIVATE,
    &ROLL_OUT,
    &ACTIVE,
    &DRAFT_PUT,
    &DRAFT_DELETE,
    &COUNT_MORE,
    &KV_GET,
    &KV_SET,
    &KV_DELETE,
    &KV_ADD,
    &KV_SWAP,
    &KV_FORGET,
    &KV_EXPIRE,
    &PROBE,
];

impl Function {
    /// As a script of its own.
    fn script(&self) -> String {
        let parts = self.parts.join("\n");
        format!("#!lua flags={}\n{parts}\nreturn {}(KEYS, ARGV)\n", self.flags, self.name)
    }
}

/// All functions, ready to be called.
#[derive(Debug)]
pub(super) struct Library {
    /// Begins the names of the functions; none where they are scripts.
    name: Option<String>,
    code: String,
    /// The scripts' hashes, in the order of `ALL`.
    hashes: Vec<String>,
}

impl Library {
    /// Loads the functions; where that is not allowed, they are scripts from now on.
    pub(super) async fn open(link: &Link) -> Result<Self, Failure> {
        let body = body();
        let name = name(&body);
        let hashes =
            ALL.iter().map(|function| Script::new(&function.script()).get_hash().to_owned());
        let mut library =
            Self { code: code(&name, &body), name: Some(name), hashes: hashes.collect() };
        let loaded = link.attempts(Patience::Deadline, || library.try_to_load(link));
        if !loaded.await? {
            tracing::info!("Redis does not let this user load functions; scripts do the same.");
            library.name = None;
        }
        Ok(library)
    }

    /// A call of a function; the arguments are the caller's to add.
    pub(super) fn call(&self, function: &Function, keys: &[&str]) -> Cmd {
        let mut command = match &self.name {
            Some(name) => {
                let mut command = cmd("FCALL");
                command.arg(format!("{name}_{}", function.name));
                command
            }
            None => {
                let at = ALL.iter().position(|known| known.name == function.name);
                let mut command = cmd("EVALSHA");
                command.arg(at.and_then(|at| self.hashes.get(at)));
                command
            }
        };
        command.arg(keys.len());
        for key in keys {
            command.arg(key);
        }
        command
    }

    /// Sends a call, again as patience allows; a server that does not know the function is told.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        link: &Link,
        function: &Function,
        call: &Cmd,
        patience: Patience,
    ) -> Result<T, Failure> {
        link.attempts(patience, || self.send(link, function, call)).await
    }

    async fn send<T: FromRedisValue>(
        &self,
        link: &Link,
        function: &Function,
        call: &Cmd,
    ) -> Result<T, RedisError> {
        match link.send(call).await {
            Err(error) if is_unknown(&error) => self.teach(link, function, call).await,
            other => other,
        }
    }

    /// `false` if that is not allowed.
    async fn try_to_load(&self, link: &Link) -> Result<bool, RedisError> {
        match self.load(link).await {
            Ok(()) => Ok(true),
            Err(error) if is_refused(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn teach<T: FromRedisValue>(
        &self,
        link: &Link,
        function: &Function,
        call: &Cmd,
    ) -> Result<T, RedisError> {
        if self.name.is_some() {
            self.load(link).await?;
            return link.send(call).await;
        }
        let mut whole = cmd("EVAL");
        whole.arg(function.script());
        for argument in call.args_iter().skip(2) {
            if let redis::Arg::Simple(argument) = argument {
                whole.arg(argument);
            }
        }
        link.send(&whole).await
    }

    async fn load(&self, link: &Link) -> Result<(), RedisError> {
        let mut load = cmd("FUNCTION");
        load.arg("LOAD").arg("REPLACE").arg(&self.code);
        link.send_to_masters(&load).await.map(drop)
    }
}

/// Every part once, and the names.
fn body() -> String {
    let mut body = String::new();
    let mut parts: Vec<&str> = Vec::new();
    for part in ALL.iter().flat_map(|function| function.parts) {
        if !parts.contains(part) {
            parts.push(part);
            body.push_str(part);
        }
    }
    body
}

fn name(body: &str) -> String {
    let digest: String =
        Sha256::digest(body).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("cicerone_v1_{digest}")
}

fn code(name: &str, body: &str) -> String {
    let register = |function: &&Function| {
        let Function { name: function, flags, .. } = function;
        let flags = if flags.is_empty() { String::new() } else { format!("'{flags}'") };
        format!(
            "redis.register_function{{function_name='{name}_{function}', callback={function}, flags={{{flags}}}}}"
        )
    };
    let registrations: Vec<String> = ALL.iter().map(register).collect();
    format!("#!lua name={name}\n{body}\n{}\n", registrations.join("\n"))
}

/// The server lost the function, or never had it.
fn is_unknown(error: &RedisError) -> bool {
    error.kind() == ServerErrorKind::NoScript.into()
        || error.detail().is_some_and(|detail| detail.contains("Function not found"))
}

/// The user may not load functions, or a proxy in between does not know the command.
fn is_refused(error: &RedisError) -> bool {
    error.kind() == ServerErrorKind::NoPerm.into()
        || error.detail().is_some_and(|detail| detail.contains("unknown command"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_defined_in_its_last_part() {
        for function in ALL {
            let last = function.parts.last().copied().unwrap_or_default();
            let defined = format!("local function {}(", function.name);
            assert!(last.contains(&defined), "{}", function.name);
        }
    }
}
