//! From what a plugin asks for and the operator grants to a server that can be reached. A program of its own runs
//! outside of any sandbox, so that the operator has to say in so many words that it is trusted.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Client, Url};

use super::Opening;
use crate::manifest::{self, Grant, Program, Way};
use crate::net::Origin;
use crate::secret::Secrets;
use crate::tool::Error;
use crate::tool::http::rights::{
    Asks, Target, check_names, client, secrets_line, words_of, written,
};

/// The largest arguments and results, whatever the author asks for; bytes.
pub(super) const BYTES_MAX: u64 = 4 << 20;

/// The longest wait for a connection.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// What a child finds of the host's environment: nothing that could be a secret.
const INHERITED: [&str; 10] =
    ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"];

/// How a server is reached, with all that it takes.
#[derive(Debug)]
pub(super) enum Reach {
    Child(Launch),
    Remote(Remote),
}

/// A program to start.
pub(super) struct Launch {
    pub(super) program: PathBuf,
    pub(super) args: Vec<String>,
    /// The whole environment; secrets are among it.
    pub(super) env: BTreeMap<String, String>,
    pub(super) cwd: PathBuf,
}

/// A server to call.
#[derive(Debug)]
pub(super) struct Remote {
    pub(super) url: Url,
    pub(super) origin: Origin,
    /// Sends what proves who we are with every request.
    pub(super) client: Client,
}

impl fmt::Debug for Launch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch").field("program", &self.program).finish_non_exhaustive()
    }
}

pub(super) fn reach(manifest: &manifest::Mcp, opening: &Opening<'_>) -> Result<Reach, Error> {
    let Opening { digest, folder, grant, secrets, .. } = opening;
    match &manifest.way {
        Way::Child(program) => {
            granted(&manifest.name, &manifest.way, digest, grant)?;
            launch(program, folder, secrets).map(Reach::Child)
        }
        Way::Remote(endpoint) => {
            let asks = Asks { plugin: &manifest.name, table: "mcp", endpoint };
            let Target { url, origin, headers, resolver, .. } =
                asks.target(digest, grant, secrets)?;
            let connect = CONNECT_MAX.min(manifest.start_timeout / 2);
            let client = client(&url, resolver, connect, headers)?;
            Ok(Reach::Remote(Remote { url, origin, client }))
        }
    }
}

fn granted(plugin: &str, way: &Way, digest: &str, grant: &Grant) -> Result<(), Error> {
    let names = way.secrets();
    check_names(&names)?;
    let mut lines = Vec::new();
    if !grant.is_native() {
        lines.push("trust = \"native\"".to_owned());
    }
    if !grant.is_as_requested(plugin, digest)? {
        lines.extend(secrets_line(&names, grant));
    }
    if lines.is_empty() {
        return Ok(());
    }
    Err(manifest::Error::Grant { plugin: plugin.to_owned(), lines: lines.join("\n") }.into())
}

fn launch(program: &Program, folder: &Path, secrets: &Secrets) -> Result<Launch, Error> {
    let folder = std::path::absolute(folder)
        .map_err(|error| written(format!("[mcp]: there is no folder to start in: {error}")))?;
    let named = Path::new(&program.command);
    // A bare name is looked for where programs are, a path is one of the plugin's folder.
    let path = if program.command.contains('/') { folder.join(named) } else { named.to_owned() };
    let cwd = program.cwd.as_ref().map_or_else(|| folder.clone(), |cwd| folder.join(cwd));
    let inherited = INHERITED.into_iter().filter_map(|name| {
        let value = std::env::var(name).ok()?;
        Some((name.to_owned(), value))
    });
    let mut env: BTreeMap<String, String> = inherited.collect();
    for (name, words) in &program.env {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(written(format!("[mcp]: `{name}` in `env` is no variable's name")));
        }
        // While it is not set, nothing is started.
        env.extend(words_of(words, secrets).map(|value| (name.clone(), value)));
    }
    Ok(Launch { program: path, args: program.args.clone(), env, cwd })
}
