//! Where Redis is, as people write it: one URL for a server, for Sentinels or for a Cluster. It never shows the
//! password.

use std::fmt;
use std::str::FromStr;

/// Where Redis and a Sentinel listen when nobody says.
const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// What stands behind the addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A server.
    One,
    /// Sentinels, which know where the master of this name is.
    Sentinel {
        /// The name.
        master: String,
        /// Who we are to the Sentinels.
        login: Login,
    },
    /// Some nodes of a Cluster.
    Cluster,
}

/// Who we are to a server; empty is nobody in particular.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = self.password.as_ref().map(|_| "…");
        f.debug_struct("Login").field("user", &self.user).field("password", &password).finish()
    }
}

/// A URL of Redis, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(super) kind: Kind,
    /// Host and port of each.
    pub(super) nodes: Vec<(String, u16)>,
    pub(super) tls: bool,
    pub(super) database: i64,
    pub(super) login: Login,
}

impl Target {
    pub(super) fn is_cluster(&self) -> bool {
        self.kind == Kind::Cluster
    }
}

/// Why a text is not the URL of a Redis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TargetError(String);

/// Without user and password.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = if self.tls { "s" } else { "" };
        let (kind, master) = match &self.kind {
            Kind::One => ("", None),
            Kind::Sentinel { master, .. } => ("+sentinel", Some(master)),
            Kind::Cluster => ("+cluster", None),
        };
        write!(f, "redis{s}{kind}://")?;
        for (at, (host, port)) in self.nodes.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
            write!(f, "{comma}{open}{host}{close}:{port}")?;
        }
        if let Some(master) = master {
            write!(f, "/{master}")?;
        }
        if self.database != 0 { write!(f, "/{}", self.database) } else { Ok(()) }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(url: &str) -> Result<Self, TargetError> {
        let (scheme, rest) = url.split_once("://").ok_or_else(shape)?;
        let (tls, kind) = match scheme {
            "redis" | "valkey" => (false, ""),
            "rediss" | "valkeys" => (true, ""),
            _ => match scheme.split_once('+') {
                Some(("redis" | "valkey", kind @ ("sentinel" | "cluster"))) => (false, kind),
                Some(("rediss" | "valkeys", kind @ ("sentinel" | "cluster"))) => (true, kind),
                _ => return Err(shape()),
            },
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        // A password may hold an `@` that nobody encoded; a host never does.
        let (login, rest) = match rest.rsplit_once('@') {
            Some((login, rest)) => (read_login(login)?, rest),
            None => (Login::default(), rest),
        };
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let port = if kind == "sentinel" { SENTINEL_PORT } else { PORT };
        let nodes = hosts.split(',').map(|node| read_node(node, port)).collect::<Result<_, _>>()?;
        let (kind, database) = read_path(kind, path, read_query(query)?)?;
        let target = Self { kind, nodes, tls, database, login };
        if target.kind == Kind::One && target.nodes.len() > 1 {
            return Err(TargetError(
                "several addresses are for `redis+cluster://` or `redis+sentinel://`".to_owned(),
            ));
        }
        Ok(target)
    }
}

fn shape() -> TargetError {
    TargetError(
        "it should look like `redis://user:password@host:6379/0`, `rediss://…` for TLS, \
         `redis+sentinel://host,host/<master name>` or `redis+cluster://host,host`"
            .to_owned(),
    )
}

fn read_login(text: &str) -> Result<Login, TargetError> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let given = |text: &str| (!text.is_empty()).then(|| decode(text)).transpose();
    Ok(Login { user: given(user)?, password: given(password)? })
}

fn read_node(text: &str, default: u16) -> Result<(String, u16), TargetError> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        Some(port) => port.parse().map_err(|_unparsable| {
            let why = "what follows a host is not a port; encode what is special in a password (`@` is `%40`)";
            TargetError(why.to_owned())
        })?,
        None => default,
    };
    if host.is_empty() {
        return Err(shape());
    }
    Ok((host.to_owned(), port))
}

/// Who we are to Sentinels, which have users of their own.
fn read_query(query: &str) -> Result<Login, TargetError> {
    let mut login = Login::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "sentinel_user" => login.user = Some(decode(value)?),
            "sentinel_password" => login.password = Some(decode(value)?),
            _ => {
                let why = "only `sentinel_user` and `sentinel_password` are known after `?`; encode what is special in a \
                           password (`?` is `%3F`)";
                return Err(TargetError(why.to_owned()));
            }
        }
    }
    Ok(login)
}

fn read_path(kind: &str, path: &str, sentinels: Login) -> Result<(Kind, i64), TargetError> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let kind = match kind {
        "sentinel" => {
            let Some(master) = parts.next() else {
                return Err(TargetError(
                    "the name of the master that the Sentinels watch is missing: \
                     `redis+sentinel://host,host/<master name>`"
                        .to_owned(),
                ));
            };
            Kind::Sentinel { master: decode(master)?, login: sentinels }
        }
        "cluster" => Kind::Cluster,
        _ => Kind::One,
    };
    let database = match parts.next() {
        None => 0,
        Some(number) => number.parse().map_err(|_unparsable| {
            let why = "what follows the last `/` is not the number of a database; encode what is special in a password";
            TargetError(why.to_owned())
        })?,
    };
    if kind == Kind::Cluster && database != 0 {
        return Err(TargetError("a Cluster has database 0 only".to_owned()));
    }
    Ok((kind, database))
}

/// Undoes percent encoding.
fn decode(text: &str) -> Result<String, TargetError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
            return Err(TargetError("a `%` in it is not followed by two hex digits".to_owned()));
        };
        bytes.extend(u8::try_from(high * 16 + low));
    }
    String::from_utf8(bytes)
        .map_err(|_unparsable| TargetError("a part of it is not UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Target {
        url.parse().unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    #[test]
    fn every_way_to_write_it_is_understood() {
        let one = read("redis://localhost");
        assert_eq!(
            (one.kind, one.nodes, one.tls),
            (Kind::One, vec![("localhost".into(), 6379)], false)
        );
        let full = read("rediss://ada:p%40ss:w@rd@[::1]:7000/3");
        assert_eq!(full.nodes, [("::1".to_owned(), 7000)]);
        assert_eq!((full.tls, full.database), (true, 3));
        assert_eq!(full.login.user.as_deref(), Some("ada"));
        assert_eq!(full.login.password.as_deref(), Some("p@ss:w@rd"));
        let cluster = read("redis+cluster://:secret@a:1,b");
        assert_eq!(cluster.kind, Kind::Cluster);
        assert_eq!(cluster.nodes, [("a".to_owned(), 1), ("b".to_owned(), 6379)]);
        assert_eq!(cluster.login.user, None);
        let sentinel = read("redis+sentinel://a,b:1/mymaster/2?sentinel_password=x");
        assert_eq!(sentinel.nodes, [("a".to_owned(), 26379), ("b".to_owned(), 1)]);
        assert_eq!(sentinel.database, 2);
        let Kind::Sentinel { master, login } = sentinel.kind else { panic!("another kind") };
        assert_eq!((master.as_str(), login.password.as_deref()), ("mymaster", Some("x")));
    }

    #[test]
    fn it_is_shown_without_the_password() {
        for (url, shown) in [
            ("redis://u:secret@h", "redis://h:6379"),
            ("rediss://u:secret@[::1]/2", "rediss://[::1]:6379/2"),
            (
                "redis+sentinel://u:secret@h/m?sentinel_password=secret",
                "redis+sentinel://h:26379/m",
            ),
            ("redis+cluster://u:secret@a,b", "redis+cluster://a:6379,b:6379"),
        ] {
            assert_eq!(read(url).to_string(), shown);
            assert!(!format!("{:?}", read(url)).contains("secret"), "{url}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (url, part) in [
            ("localhost:6379", "should look like"),
            ("http://u:secret@h", "should look like"),
            ("redis+ring://h", "should look like"),
            ("redis://u:secret@", "should look like"),
            ("redis://u:secret@h:port", "is not a port"),
            ("redis://u:secret@h/one", "is not the number"),
            ("redis://u:secret@a,b", "several addresses"),
            ("redis+sentinel://u:secret@h", "name of the master"),
            ("redis+cluster://u:secret@h/1", "database 0"),
            ("redis://u:%zzsecret@h", "two hex digits"),
            ("redis://u:secret@h?tls=1", "are known after `?`"),
        ] {
            let error = url.parse::<Target>().unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("secret"), "{url}: {error}");
        }
    }
}
