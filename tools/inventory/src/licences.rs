//! Licences: which are accepted, and the page with the texts.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use spdx::{Expression, Licensee, ParseMode};

use crate::Result;
use crate::crates::{Part, Tree};

/// The licences under which parts are taken, best first. All let the library be passed on under its own.
const ACCEPTED: [&str; 9] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "Zlib",
    "ISC",
    "Unicode-3.0",
    // The unwinder of GCC: its exception lets what is linked with it be under any licence.
    "GPL-3.0-or-later WITH GCC-exception-3.1",
];

/// How the names of files begin that hold licences and what they ask to be passed on.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

const RULE: &str = "--------------------------------------------------------------------------------";

/// As SPDX writes it; crates also have older ways.
pub fn canonical(licence: &str) -> Result<String> {
    let spaced = licence.replace(" / ", "/");
    let canonical = Expression::canonicalize(&spaced).map_err(|e| format!("{licence}: {}", e.reason))?;
    Ok(canonical.unwrap_or(spaced))
}

/// The accepted licences under which `part` is taken, each with its text.
fn taken(part: &Part) -> Result<Vec<(String, String)>> {
    let wrong = |why: String| format!("{} {}: {}: {why}", part.name, part.version, part.licence);
    let expression = Expression::parse_mode(&part.licence, ParseMode::LAX).map_err(|e| wrong(e.reason.to_string()))?;
    let accepted: Vec<_> = ACCEPTED.iter().filter_map(|name| Licensee::parse(name).ok()).collect();
    let taken = expression.minimized_requirements(&accepted).map_err(|e| wrong(e.to_string()))?;
    Ok(taken.iter().map(|licence| (licence.to_string(), text_of(licence))).collect())
}

fn text_of(licence: &spdx::LicenseReq) -> String {
    let own = licence.license.id().map_or("", |id| id.text());
    let exception = match &licence.addition {
        Some(spdx::AdditionItem::Spdx(id)) => id.text(),
        _ => return own.to_owned(),
    };
    format!("{}\n\n{exception}", own.trim_end())
}

/// The files of a crate that hold licences, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let wrong = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        if path.is_file() && NAMES.iter().any(|start| name.starts_with(start)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The texts of a part: its own files, else those of the licences it is taken under.
fn texts(part: &Part) -> Result<Vec<String>> {
    let taken = taken(part)?;
    let mut texts = Vec::new();
    for file in part.folder.as_deref().map_or_else(|| Ok(Vec::new()), files)? {
        let bytes = fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        texts.push(clean(&String::from_utf8_lossy(&bytes)));
    }
    if texts.is_empty() {
        texts.extend(taken.into_iter().map(|(_, text)| clean(&text)));
    }
    Ok(texts)
}

/// The text in lines without what stands at their ends, so that the same licence is found to be the same.
fn clean(text: &str) -> String {
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

pub fn page(tree: &Tree) -> Result<String> {
    let mut page = format!(
        "The library holds the work of others, with thanks. Each with its version and the licences it is offered under;\n\
         below these stand the texts, each with the names of those that it belongs to.\n\n{RULE}\n"
    );
    let mut by_text: BTreeMap<String, Vec<&Part>> = BTreeMap::new();
    for part in &tree.parts {
        let _ = writeln!(page, "{} {}: {}", part.name, part.version, part.licence);
        if !part.authors.is_empty() {
            let _ = writeln!(page, "    by {}", part.authors.join(", "));
        }
        for text in texts(part)? {
            let parts = by_text.entry(text).or_default();
            if parts.last().is_none_or(|last| !std::ptr::eq(*last, part)) {
                parts.push(part);
            }
        }
    }
    let mut by_text: Vec<_> = by_text.into_iter().collect();
    by_text.sort_by_key(|(text, parts)| (usize::MAX - parts.len(), parts[0].name.clone(), text.clone()));
    for (text, parts) in by_text {
        let names: Vec<_> = parts.iter().map(|part| format!("{} {}", part.name, part.version)).collect();
        let _ = write!(page, "\n{RULE}\n{}\n{RULE}\n\n{text}\n", wrapped(&names));
    }
    Ok(page)
}

/// Names in lines of 120 characters.
fn wrapped(names: &[String]) -> String {
    let (mut text, mut width) = (String::new(), 0);
    for (i, name) in names.iter().enumerate() {
        let name = if i + 1 < names.len() { format!("{name},") } else { name.clone() };
        if width > 0 && width + name.len() >= 120 {
            text.push('\n');
            width = 0;
        } else if width > 0 {
            text.push(' ');
            width += 1;
        }
        width += name.len();
        text += &name;
    }
    text
}
