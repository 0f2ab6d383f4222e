//! A way out that leads nowhere, for the tests of whoever asks through it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Egress, EgressOptions, Outing, Veil};
use crate::event::CallId;
use crate::manifest::{Grant, Manifest};
use crate::plugin::chance::{Chance, Drawer};
use crate::plugin::grant::Rights;
use crate::plugin::{Lent, MemoryKv, Options};

/// Of a call that may use this method at this server.
pub(in crate::plugin) fn outing(host: &str, method: &str) -> Arc<Outing> {
    let text = format!(
        "plugin = {{ name = \"a\", version = \"1.0.0\", kind = \"wasm\", component = \"a.wasm\", contract = \"1\" }}\n\
         [[capabilities.http]]\nhosts = [\"{host}\"]\nmethods = [\"{method}\"]\nprivate_networks = true\n"
    );
    let Ok(Manifest::Wasm(manifest)) = Manifest::parse(&text) else { panic!("not a component") };
    let options = Options::default();
    let rights = Rights::new(&manifest, &Grant::of_whatever_is_asked(), "", &options).unwrap();
    let lent = Lent::new(Arc::new(MemoryKv::default()));
    let egress = Egress::new(&rights, &lent, EgressOptions::default(), &Arc::default()).unwrap();
    let deadline = Instant::now() + Duration::from_secs(600);
    let call = CallId::from("s1.7");
    let chance = Chance::of(Some(7), &call, 1, Drawer::Placeholders);
    Arc::new(Outing::new(egress, call, deadline, Veil::new(chance)))
}
