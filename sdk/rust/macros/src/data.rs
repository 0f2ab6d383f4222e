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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_refused_as_there_are_none() {
        let error = expand("camel".parse().unwrap(), "struct A;".parse().unwrap()).unwrap_err();
        assert!(error.to_string().contains("takes no options"), "{error}");
    }
}
