//! From a core module, as compilers without a notion of components make it, to a component: the world is embedded, and
//! what it calls of WASI's first preview is adapted.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::build::UNSAID;
use super::{Error, World};

/// The export of a module that understands texts.
const CLASSIFY: &[u8] = b"cicerone:understanding/classify@1.0.0#classify";

/// Makes a component of a module that exports what the world exports, by the canonical names.
///
/// # Errors
/// [`Error::Component`] when the module imports what the world does not have, or does not export what it should.
pub fn from_module(module: &[u8], world: &World) -> Result<Vec<u8>, Error> {
    let mut resolve = Resolve::default();
    for (file, text) in world.contracts() {
        resolve.push_source(file, text).map_err(failed)?;
    }
    let package = resolve.push_source("world.wit", world.text()).map_err(failed)?;
    let id = resolve.select_world(&[package], Some(World::NAME)).map_err(failed)?;
    let mut module = module.to_vec();
    embed_component_metadata(&mut module, &resolve, id, StringEncoding::UTF8).map_err(failed)?;
    let encoder = ComponentEncoder::default().validate(true);
    let encoder = encoder.module(&module).map_err(failed)?;
    // An export that the world does not have would be left out, and nobody told.
    if !world.understands() && contains(&module, CLASSIFY) {
        return Err(Error::Component(UNSAID.to_owned()));
    }
    let adapter = WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER;
    let encoder = encoder.adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter);
    encoder.map_err(failed)?.encode().map_err(failed)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The encoder's errors are a chain.
fn failed(error: impl std::fmt::Display) -> Error {
    Error::Component(explained(&format!("{error:#}")))
}

/// With what to do, where an import is one of ours that was not asked for.
fn explained(why: &str) -> String {
    let ours = why.split("cicerone:plugin/").nth(1).and_then(|rest| rest.split('@').next());
    match ours {
        Some(name) if why.contains("import") => {
            format!(
                "{why}\nif it uses `{name}`, ask for it with `{name} = …` in [capabilities] of plugin.toml"
            )
        }
        _ => why.to_owned(),
    }
}
