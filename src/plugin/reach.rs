//! What of a plugin's request leads out of its sandbox, and how much of it is granted: servers, secrets and events.
//! Pure; what is asked and not granted comes back as the line to add.

use super::{EgressOptions, Error};
use crate::manifest::{self, EventParts, Grant, HttpParts, SecretGrant, SecretParts, quoted};
use crate::net::{Bound, Origin, Resolver};
use crate::secret::is_name;

/// Methods of somebody who names none.
const METHODS: [&str; 1] = ["GET"];

/// Methods that speak with the connection and not with the server.
const NEVER: [&str; 2] = ["CONNECT", "TRACE"];

/// Longest topic, bytes.
const TOPIC_MAX: usize = 64;

/// One server, or all below one, that a plugin may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) origin: Origin,
    pub(super) methods: Vec<String>,
    pub(super) response_max: u64,
    pub(super) private_networks: bool,
    pub(super) redirects: u32,
}

/// A secret that a plugin may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SecretRight {
    pub(super) name: String,
    pub(super) hosts: Vec<Bound>,
    pub(super) expose: bool,
}

/// The rules for all servers that are asked for; a line in `missing` when one of them is not granted. Without a grant
/// all is granted.
pub(super) fn rules(
    asked: &[HttpParts],
    grant: Option<&Grant>,
    options: &EgressOptions,
    missing: &mut Vec<String>,
) -> Result<Vec<Rule>, Error> {
    let granted = grant.map(|grant| grant.http.as_slice());
    let mut rules = Vec::new();
    let mut complete = true;
    for asked in asked {
        let methods = methods(asked)?;
        for host in &asked.hosts {
            let origin = origin(host, asked.private_networks)?;
            let rule = Rule {
                origin,
                methods: methods.clone(),
                response_max: limit(asked, options.response_max),
                private_networks: asked.private_networks,
                redirects: asked.redirects.unwrap_or(0).min(options.redirects_max),
            };
            match granted.map(|granted| within(&rule, granted)).transpose()? {
                None => rules.push(rule),
                Some(Some(rule)) => rules.push(rule),
                Some(None) => complete = false,
            }
        }
    }
    if !complete {
        let parts: Vec<String> = asked.iter().map(http_line).collect();
        missing.push(format!("http = [{}]", parts.join(", ")));
    }
    Ok(rules)
}

/// The rule as far as it is granted.
fn within(rule: &Rule, granted: &[HttpParts]) -> Result<Option<Rule>, Error> {
    for parts in granted {
        let methods = parts.methods.as_deref();
        let allows = |asked: &String| methods.is_none_or(|methods| methods.contains(asked));
        let enough =
            rule.methods.iter().all(allows) && (parts.private_networks || !rule.private_networks);
        for host in &parts.hosts {
            let origin = Origin::parse(host).map_err(|error| Error::Granted(error.to_string()))?;
            if enough && origin.covers(&rule.origin) {
                return Ok(Some(Rule {
                    response_max: limit(parts, rule.response_max),
                    redirects: rule.redirects.min(parts.redirects.unwrap_or(u32::MAX)),
                    ..rule.clone()
                }));
            }
        }
    }
    Ok(None)
}

fn limit(parts: &HttpParts, max: u64) -> u64 {
    parts.max_response.map_or(max, |bytes| bytes.0.min(max))
}

fn methods(asked: &HttpParts) -> Result<Vec<String>, Error> {
    let Some(methods) = &asked.methods else { return Ok(METHODS.map(str::to_owned).to_vec()) };
    let is_method = |text: &String| {
        (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase())
    };
    match methods.iter().find(|text| !is_method(text) || NEVER.contains(&text.as_str())) {
        Some(wrong) => {
            let why = format!("`{wrong}` in [[capabilities.http]] is no method; write `GET`");
            Err(manifest::Error::Written(why).into())
        }
        None => Ok(methods.clone()),
    }
}

fn origin(host: &str, private_networks: bool) -> Result<Origin, Error> {
    let wrong = |why: String| Error::Manifest(manifest::Error::Written(why));
    let origin = Origin::parse(host)
        .map_err(|error| wrong(format!("`hosts` in [[capabilities.http]]: could not {error}")))?;
    let address = origin.to_string();
    Resolver::new(private_networks).check_origin(&origin).map_err(|refused| {
        wrong(format!(
            "[[capabilities.http]] asks for `{address}`, which is {}; if that is meant, write `private_networks = true` beside it",
            refused.closed
        ))
    })?;
    Ok(origin)
}

fn http_line(asked: &HttpParts) -> String {
    let list = |words: &[String]| quoted(words.iter().map(String::as_str));
    let mut parts = vec![format!("hosts = [{}]", list(&asked.hosts))];
    if let Some(methods) = &asked.methods {
        parts.push(format!("methods = [{}]", list(methods)));
    }
    if asked.private_networks {
        parts.push("private_networks = true".to_owned());
    }
    format!("{{ {} }}", parts.join(", "))
}

/// The secrets that are asked for; a line in `missing` when one of them, a host of it or its sight is not granted.
pub(super) fn secrets(
    asked: &[SecretParts],
    grant: Option<&Grant>,
    missing: &mut Vec<String>,
) -> Result<Vec<SecretRight>, Error> {
    let rights = asked.iter().map(secret).collect::<Result<Vec<_>, _>>()?;
    let Some(grant) = grant else { return Ok(rights) };
    let mut complete = true;
    for right in &rights {
        let found = grant.secrets.iter().find(|granted| granted.name() == right.name);
        complete &= found.map_or(Ok(false), |granted| grants(granted, right))?;
    }
    if !complete {
        let parts: Vec<String> = asked.iter().map(secret_line).collect();
        missing.push(format!("secrets = [{}]", parts.join(", ")));
    }
    Ok(rights)
}

fn secret(asked: &SecretParts) -> Result<SecretRight, Error> {
    let wrong = |why: String| Error::Manifest(manifest::Error::Written(why));
    let SecretParts { name, hosts, expose } = asked;
    if !is_name(name) {
        return Err(wrong(format!("`{name}` is no secret's name: a-z first, then a-z 0-9 _")));
    }
    let bound = |host: &String| {
        Bound::parse(host).map_err(|error| wrong(format!("secret `{name}`: could not {error}")))
    };
    let hosts = hosts.iter().map(bound).collect::<Result<_, _>>()?;
    Ok(SecretRight { name: name.clone(), hosts, expose: *expose })
}

fn grants(granted: &SecretGrant, right: &SecretRight) -> Result<bool, Error> {
    let SecretGrant::Parts(parts) = granted else { return Ok(!right.expose) };
    let granted = secret(parts).map_err(|error| Error::Granted(error.to_string()))?;
    let bound = |asked: &Bound| granted.hosts.iter().any(|host| host.includes(asked));
    Ok(right.hosts.iter().all(bound) && (granted.expose || !right.expose))
}

fn secret_line(asked: &SecretParts) -> String {
    let SecretParts { name, hosts, expose } = asked;
    let hosts = quoted(hosts.iter().map(String::as_str));
    let expose = if *expose { ", expose = true" } else { "" };
    format!("{{ name = \"{name}\", hosts = [{hosts}]{expose} }}")
}

/// The topics that are asked for; a line in `missing` when one of them is not granted.
pub(super) fn topics(
    asked: Option<&EventParts>,
    grant: Option<&Grant>,
    missing: &mut Vec<String>,
) -> Result<Vec<String>, Error> {
    let asked = asked.map_or(&[][..], |events| &events.topics);
    if let Some(wrong) = asked.iter().find(|topic| !is_topic(topic)) {
        let why = format!("`{wrong}` is no topic: a-z first, then a-z 0-9 - _ .");
        return Err(manifest::Error::Written(why).into());
    }
    if let Some(grant) = grant {
        let granted = grant.events.as_ref().map_or(&[][..], |events| &events.topics);
        if !asked.iter().all(|topic| granted.contains(topic)) {
            let topics = quoted(asked.iter().map(String::as_str));
            missing.push(format!("events = {{ topics = [{topics}] }}"));
        }
    }
    Ok(asked.to_vec())
}

fn is_topic(text: &str) -> bool {
    text.len() <= TOPIC_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
}
