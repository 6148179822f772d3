//! The tables of options in the pages, which the library describes itself.

use std::fmt::Write;
use std::fs;

use serde_json::Value;

use crate::printed;
use crate::support::{root, text};

const BEGIN: &str = "<!-- written by tests/docs.rs: the options of ";
const END: &str = "<!-- to here -->\n";

/// What the library says of its options: the JSON that a function answers.
fn described(function: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let program =
        format!("#include <stdio.h>\n#include <wrt.h>\nint main(void) {{ return puts({function}()) < 0; }}\n");
    let json = printed(folder.path(), "options", &program);
    serde_json::from_str(&json).unwrap_or_else(|e| panic!("{function}: {e}"))
}

/// The cell of a table: no line may end it, no bar may part it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn code(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.is_empty() => String::new(),
        Value::String(text) => format!("`{}`", cell(text)),
        other => format!("`{other}`"),
    }
}

/// What an option takes, with its default marked or behind it.
fn values(option: &Value) -> String {
    let default = code(&option["default"]);
    let values = option["values"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !values.is_empty() {
        let mark = |value| if code(value) == default { format!("**{default}**") } else { code(value) };
        return values.iter().map(mark).collect::<Vec<_>>().join(", ");
    }
    let kind = text(&option["type"]);
    let unit = option["unit"].as_str().filter(|unit| *unit != kind);
    let default = (!default.is_empty()).then(|| format!("**{default}**"));
    [Some(kind), unit, default.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A table for each group, in the order of their first options.
fn table(options: &[Value]) -> String {
    let mut groups: Vec<(&Value, Vec<&Value>)> = Vec::new();
    for option in options {
        match groups.iter_mut().find(|(group, _)| **group == option["group"]) {
            Some((_, options)) => options.push(option),
            None => groups.push((&option["group"], vec![option])),
        }
    }
    let mut page = String::new();
    for (group, options) in groups {
        if let Some(name) = group.as_str() {
            let _ = write!(page, "\n### {}\n", name.replace('_', " "));
        }
        page.push_str("\n| key | value | |\n|---|---|---|\n");
        for option in options {
            let (key, doc) = (text(&option["key"]), cell(text(&option["doc"])));
            let _ = writeln!(page, "| `{key}` | {} | {doc} |", values(option));
        }
    }
    page.push('\n');
    page
}

/// Compares the table in a page with the library, or writes it where WRT_BLESS is set.
fn fresh(page: &str, function: &str) {
    let path = root().join("docs/src").join(page);
    let found = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{page}: {e}"));
    let begin = format!("{BEGIN}{function} -->\n");
    let (before, rest) = found.split_once(&begin).unwrap_or_else(|| panic!("{page} has no line {begin}"));
    let (_, after) = rest.split_once(END).unwrap_or_else(|| panic!("{page} has no line {END}"));
    let expected = format!("{before}{begin}{}{END}{after}", table(&described(function)));
    if std::env::var_os("WRT_BLESS").is_some() {
        fs::write(&path, &expected).unwrap_or_else(|e| panic!("{page}: {e}"));
    } else if found != expected {
        let line = found.lines().zip(expected.lines()).take_while(|(a, b)| a == b).count();
        panic!(
            "{page} is not what the library says, from line {} on:\n  page:    {}\n  library: {}\n\
             renew it: WRT_BLESS=1 cargo test --release --test docs",
            line + 1,
            found.lines().nth(line).unwrap_or("(its end)"),
            expected.lines().nth(line).unwrap_or("(its end)"),
        );
    }
}

#[test]
fn the_options_of_engines_are_in_the_page() {
    fresh("guide/configuration.md", "wrt_config_options_json");
}

#[test]
fn the_options_of_wasi_are_in_the_page() {
    fresh("wasi.md", "wrt_wasi_options_json");
}
