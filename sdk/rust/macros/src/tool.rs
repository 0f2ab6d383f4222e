//! `#[tool]`: keeps the function as it is and adds a type of the same name that carries the tool's definition.
//! Types and functions have separate name spaces, so `plugin!` finds the definition by the function's path.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Expr, ExprLit, FnArg, Ident, ItemFn, Lit, LitInt, LitStr, Meta, Result,
    ReturnType, Token, Type,
};

pub(super) fn expand(options: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let options: Options = syn::parse2(options)?;
    let function: ItemFn = syn::parse2(item)?;
    let shape = Shape::of(&function)?;

    let ident = &function.sig.ident;
    let visibility = &function.vis;
    let name = match &options.name {
        Some(given) => checked_name(given.value(), given.span())?,
        None => checked_name(ident.to_string().replace('_', "-"), ident.span())?,
    };
    let description = description(&function.attrs, ident)?;
    let title = optional(options.title.as_ref());
    let timeout_ms = optional(options.timeout_ms.as_ref());
    let Flags { read_only, idempotent, destructive, open_world } = options.flags;
    let Shape { output, args, call } = shape;

    Ok(quote! {
        #function

        #[doc(hidden)]
        #[allow(non_camel_case_types, reason = "it bears the name of its function")]
        #visibility enum #ident {}

        impl #ident {
            #[doc(hidden)]
            pub const TOOL: ::cicerone_sdk::Tool = ::cicerone_sdk::Tool {
                name: #name,
                title: #title,
                description: #description,
                effects: ::cicerone_sdk::Effects {
                    read_only: #read_only,
                    idempotent: #idempotent,
                    destructive: #destructive,
                    open_world: #open_world,
                },
                timeout_ms: #timeout_ms,
                input_schema: ::cicerone_sdk::__private::input_schema::<#args>,
                output_schema: <#output as ::cicerone_sdk::__private::Outcome>::schema,
                run: |context, args| ::cicerone_sdk::__private::run(context, args, |context, args: #args| #call),
            };
        }
    })
}

fn optional<T: quote::ToTokens>(value: Option<&T>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}

/// What stands in the brackets of `#[tool(…)]`.
#[derive(Default)]
struct Options {
    flags: Flags,
    name: Option<LitStr>,
    title: Option<LitStr>,
    timeout_ms: Option<LitInt>,
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent flags of the contract")]
struct Flags {
    read_only: bool,
    idempotent: bool,
    destructive: bool,
    open_world: bool,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self::default();
        for meta in Punctuated::<Meta, Token![,]>::parse_terminated(input)? {
            let key = meta.path().require_ident()?.to_string();
            match (key.as_str(), &meta) {
                ("read_only", Meta::Path(_)) => options.flags.read_only = true,
                ("idempotent", Meta::Path(_)) => options.flags.idempotent = true,
                ("destructive", Meta::Path(_)) => options.flags.destructive = true,
                ("open_world", Meta::Path(_)) => options.flags.open_world = true,
                ("name", Meta::NameValue(given)) => options.name = Some(text(&given.value)?),
                ("title", Meta::NameValue(given)) => options.title = Some(text(&given.value)?),
                ("timeout_ms", Meta::NameValue(given)) => {
                    options.timeout_ms = Some(number(&given.value)?);
                }
                _ => {
                    return Err(Error::new(
                        meta.span(),
                        "a tool's options are `read_only`, `idempotent`, `destructive`, `open_world`, \
                     `name = \"…\"`, `title = \"…\"` and `timeout_ms = …`",
                    ));
                }
            }
        }
        Ok(options)
    }
}

fn text(value: &Expr) -> Result<LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.clone()),
        other => Err(Error::new(other.span(), "write a text here, in double quotes")),
    }
}

fn number(value: &Expr) -> Result<LitInt> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => Ok(number.clone()),
        other => Err(Error::new(other.span(), "write a whole number of milliseconds here")),
    }
}

/// How the function is called: with the context or not, with arguments or not.
struct Shape {
    output: TokenStream,
    args: TokenStream,
    call: TokenStream,
}

impl Shape {
    fn of(function: &ItemFn) -> Result<Self> {
        let signature = &function.sig;
        if let Some(token) = signature.asyncness {
            return Err(Error::new(
                token.span(),
                "a tool is a plain `fn`: the host runs each call in a sandbox of its own",
            ));
        }
        if !signature.generics.params.is_empty() {
            return Err(Error::new(
                signature.generics.span(),
                "a tool has no type parameters: its schema must be known",
            ));
        }
        let ReturnType::Type(_, output) = &signature.output else {
            return Err(Error::new(
                signature.span(),
                "a tool returns `Result<…>`: its value, or why it has none",
            ));
        };
        let types = signature.inputs.iter().map(parameter).collect::<Result<Vec<_>>>()?;
        let ident = &signature.ident;
        let no_args = quote!(::cicerone_sdk::__private::NoArgs);
        let (args, call) = match types.as_slice() {
            [] => (no_args, quote!({ let (_, _) = (context, args); #ident() })),
            [Type::Reference(_)] => (no_args, quote!({ let _ = args; #ident(context) })),
            [args] => (quote!(#args), quote!({ let _ = context; #ident(args) })),
            [Type::Reference(_), args] => (quote!(#args), quote!(#ident(context, args))),
            _ => {
                return Err(Error::new(
                    signature.inputs.span(),
                    "a tool takes its arguments as one struct, and before it `ctx: &Context` if it wants to",
                ));
            }
        };
        Ok(Self { output: quote!(#output), args, call })
    }
}

fn parameter(argument: &FnArg) -> Result<&Type> {
    match argument {
        FnArg::Typed(typed) => Ok(&typed.ty),
        FnArg::Receiver(receiver) => {
            Err(Error::new(receiver.span(), "a tool is a free function, not a method"))
        }
    }
}

/// The contract's rule for names: `[a-z][a-z0-9_-]{0,47}`.
fn checked_name(name: String, span: proc_macro2::Span) -> Result<String> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    let goes_on_well =
        name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c));
    if starts_well && goes_on_well && name.len() <= 48 {
        return Ok(name);
    }
    Err(Error::new(
        span,
        format!(
            "`{name}` cannot name a tool: use a lower-case letter, then letters, digits, `_` and `-`, 48 at most"
        ),
    ))
}

/// The doc comment, one paragraph a line break apart, as people and language models read it.
fn description(attributes: &[Attribute], ident: &Ident) -> Result<String> {
    let mut lines = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Meta::NameValue(doc) = &attribute.meta else { continue };
        if let Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) = &doc.value {
            lines.push(line.value().trim().to_owned());
        }
    }
    let description = lines.join("\n").trim().to_owned();
    if description.is_empty() {
        return Err(Error::new(
            ident.span(),
            "say in a doc comment what the tool does: people and language models read it to choose it",
        ));
    }
    Ok(description)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(options: &str, item: &str) -> String {
        expand(options.parse().unwrap(), item.parse().unwrap()).unwrap_err().to_string()
    }

    const FINE: &str = "/// Greets.\nfn greet(who: Who) -> Result<String, Error> { todo() }";

    #[test]
    fn a_function_keeps_its_name_and_gets_a_definition() {
        let tokens =
            expand("read_only".parse().unwrap(), FINE.parse().unwrap()).unwrap().to_string();
        assert!(tokens.contains("fn greet") && tokens.contains("enum greet"), "{tokens}");
        assert!(tokens.contains("read_only : true") && tokens.contains("\"Greets.\""), "{tokens}");
    }

    #[test]
    fn what_a_tool_cannot_be_is_refused_with_what_it_is() {
        let cases = [
            ("/// A.\nasync fn a() -> Result<(), E> {}", "plain `fn`"),
            ("/// A.\nfn a<T>(t: T) -> Result<(), E> {}", "no type parameters"),
            ("/// A.\nfn a() {}", "returns `Result<…>`"),
            ("/// A.\nfn a(&self) -> Result<(), E> {}", "free function"),
            ("/// A.\nfn a(x: X, y: Y) -> Result<(), E> {}", "one struct"),
            ("fn a() -> Result<(), E> {}", "doc comment"),
            ("/// A.\nfn _a() -> Result<(), E> {}", "`-a` cannot name a tool"),
        ];
        for (item, expected) in cases {
            let said = refused("", item);
            assert!(said.contains(expected), "{item}: {said}");
        }
    }

    #[test]
    fn an_option_that_is_none_or_of_another_type_is_refused() {
        assert!(refused("readonly", FINE).contains("a tool's options are `read_only`"));
        assert!(refused("read_only = true", FINE).contains("a tool's options are"));
        assert!(refused("title = 4", FINE).contains("write a text"));
        assert!(refused("timeout_ms = \"4s\"", FINE).contains("whole number"));
        assert!(refused("name = \"Greet\"", FINE).contains("`Greet` cannot name a tool"));
    }
}
