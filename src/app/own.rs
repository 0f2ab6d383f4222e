//! `[mcp.<name>]` of the settings: MCP servers as plugins without a folder. What stands there is the operator's own word,
//! so that nothing of it has to be granted; that a program runs with the rights of the host is said all the same.

use std::collections::BTreeMap;

use anyhow::Context;

use crate::manifest::{self, Grant};

/// One of them, as if it had a folder.
#[derive(Debug, Clone)]
pub(super) struct Own {
    /// Its `plugin.toml`.
    pub(super) text: String,
    pub(super) grant: Grant,
}

/// What belongs to the plugin and not to `[mcp]`.
const BESIDE: [&str; 3] = ["limits", "breaker", "tool"];

pub(super) fn servers(table: &toml::Table) -> anyhow::Result<BTreeMap<String, Own>> {
    let mut servers = BTreeMap::new();
    for (name, written) in table {
        let own = own(name, written)
            .with_context(|| format!("understand `[mcp.{name}]` in the settings"))?;
        servers.insert(name.clone(), own);
    }
    Ok(servers)
}

fn own(name: &str, written: &toml::Value) -> anyhow::Result<Own> {
    let mut reach = written.as_table().context("read it as a table")?.clone();
    let trust = reach.remove("trust");
    let mut file = toml::Table::new();
    let head = [("name", name), ("version", "-"), ("kind", "mcp")];
    let head: toml::Table =
        head.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
    file.insert("plugin".to_owned(), head.into());
    for key in BESIDE {
        if let Some(value) = reach.remove(key) {
            file.insert(key.to_owned(), value);
        }
    }
    file.insert("mcp".to_owned(), reach.into());
    let text = toml::to_string(&file).context("write it as a plugin.toml")?;
    let mut grant = toml::Table::new();
    grant.insert("grant".to_owned(), "as-requested".into());
    grant.insert("digest".to_owned(), manifest::digest(&text).into());
    if let Some(trust) = trust {
        grant.insert("trust".to_owned(), trust);
    }
    let grant: Grant = grant.try_into().context("read `trust`; write `trust = \"native\"`")?;
    Ok(Own { text, grant })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<BTreeMap<String, Own>> {
        servers(&toml::from_str(text).context("read the test's settings")?)
    }

    #[test]
    fn what_the_operator_writes_is_a_plugin_that_is_granted() {
        let own = read(
            "[files]\ncommand = \"files\"\nargs = [\"-v\"]\ntrust = \"native\"\nlimits = { timeout = \"2s\" }\n\
             [[files.tool]]\nname = \"read\"\nexpose = [\"flow\", \"mcp\"]\n",
        )
        .unwrap();
        let own = &own["files"];
        let parsed = manifest::Manifest::parse(&own.text).unwrap();
        assert!(matches!(parsed, manifest::Manifest::Mcp(mcp) if mcp.name == "files"));
        assert!(own.grant.is_native());
        let digest = manifest::digest(&own.text);
        assert!(own.grant.is_as_requested("files", &digest).unwrap());
        assert!(read("[files]\ncommand = \"files\"\ntrust = \"wasm\"\n").is_err());
        assert!(
            !read("[files]\nurl = \"https://a.example\"\n").unwrap()["files"].grant.is_native()
        );
    }
}
