//! `#[data]`: the three derives that every argument and result needs, and names in the style of JSON.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, Result};

pub(super) fn expand(options: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !options.is_empty() {
        return Err(Error::new_spanned(
            options,
            "`#[data]` takes no options; use `#[serde(…)]` beside it",
        ));
    }
    let item: DeriveInput = syn::parse2(item)?;
    Ok(quote! {
        #[derive(
            ::cicerone_sdk::serde::Serialize,
            ::cicerone_sdk::serde::Deserialize,
            ::cicerone_sdk::schemars::JsonSchema,
        )]
        #[serde(crate = "::cicerone_sdk::serde", rename_all = "camelCase")]
        #[schemars(crate = "::cicerone_sdk::schemars")]
        #item
    })
}
