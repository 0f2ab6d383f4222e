//! The attributes `#[tool]` and `#[data]` of `cicerone-sdk`, which re-exports them and is where they are explained.
//! This crate only rewrites tokens; whatever runs is in the SDK.

mod data;
mod tool;

use proc_macro::TokenStream;

/// Turns a function into a tool; see `cicerone_sdk::tool`.
#[proc_macro_attribute]
pub fn tool(options: TokenStream, item: TokenStream) -> TokenStream {
    tool::expand(options.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Lets a type travel as JSON; see `cicerone_sdk::data`.
#[proc_macro_attribute]
pub fn data(options: TokenStream, item: TokenStream) -> TokenStream {
    data::expand(options.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
