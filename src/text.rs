//! Text and bytes of modules and components, without an engine.

use std::path::Path;

use crate::error::{Failure, WRT_ERR_PARSE};

/// A failure with the place in the text that an error is about.
pub(crate) fn located(path: Option<&Path>, source: &str, error: &wast::Error) -> Failure {
    let before = source.get(..error.span().offset()).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let message = error.message();
    let message = message.lines().next().unwrap_or_default();
    Failure::new(
        WRT_ERR_PARSE,
        match path {
            Some(path) => format!("{}:{line}:{column}: {message}", path.display()),
            None => format!("line {line}, column {column}: {message}"),
        },
    )
}

pub(crate) fn to_binary<'a>(
    b: &'a [u8],
    _: Option<&std::path::Path>,
) -> crate::error::Result<std::borrow::Cow<'a, [u8]>> {
    wat::parse_bytes(b).map_err(|e| crate::error::Failure::new(crate::error::WRT_ERR_PARSE, e))
}
pub(crate) fn custom_sections(_: &[u8]) -> crate::error::Result<Vec<(String, std::ops::Range<usize>)>> {
    Ok(vec![])
}
pub(crate) fn classify(_: &[u8], _: wasmparser::WasmFeatures) -> Option<crate::error::Failure> {
    None
}
