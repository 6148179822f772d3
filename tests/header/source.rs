//! Where things stand in `src/`: what cbindgen does not remember.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::model::Section;

/// The place of an item.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// `src/fault.rs:12`.
    pub label: String,
    /// The line itself.
    pub line: String,
    pub section: usize,
    /// Items in the order of `src/lib.rs` and of the lines.
    pub order: (usize, usize),
    /// Constants with nothing but docs between them have the same number.
    pub group: usize,
}

pub struct Source {
    /// One for each module of `src/lib.rs`: its name and its doc comment.
    modules: Vec<(String, String)>,
    places: HashMap<String, Place>,
    /// The text of each exported function.
    bodies: HashMap<String, String>,
    /// How many functions are exported.
    pub exports: usize,
}

impl Source {
    pub fn read(folder: &Path) -> Source {
        let mut source = Source { modules: Vec::new(), places: HashMap::new(), bodies: HashMap::new(), exports: 0 };
        let mut order = 0;
        for module in modules(&folder.join("lib.rs")) {
            let section = source.modules.len();
            let files = files(folder, &module);
            let text = fs::read_to_string(&files[0]).unwrap_or_else(|e| panic!("{}: {e}", files[0].display()));
            let banner = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
            source.modules.push((module, banner.collect::<Vec<_>>().join("\n")));
            for file in files {
                let text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
                let name = file.strip_prefix(folder).unwrap_or(&file).display().to_string();
                source.read_file(&text, &name, section, order);
                order += 1;
            }
        }
        source
    }

    fn read_file(&mut self, text: &str, file: &str, section: usize, order: usize) {
        let mut group = order * 1_000_000;
        let lines = text.lines().collect::<Vec<_>>();
        for (i, line) in lines.iter().enumerate() {
            if *line == "#[unsafe(no_mangle)]" {
                self.exports += 1;
            }
            let Some(name) = declared(line) else {
                let between = line.trim();
                if !(between.is_empty() || between.starts_with("///")) {
                    group = order * 1_000_000 + i + 1;
                }
                continue;
            };
            let label = format!("src/{file}:{}", i + 1);
            let place = Place { label, line: (*line).to_owned(), section, order: (order, i), group };
            if let Some(other) = self.places.insert(name.to_owned(), place) {
                panic!("src/{file}:{} declares {name}, which {} declares too", i + 1, other.label);
            }
            if line.contains("fn ") {
                let end = lines[i..].iter().position(|line| *line == "}").map_or(lines.len(), |end| i + end);
                self.bodies.insert(name.to_owned(), lines[i..end].join("\n"));
            }
        }
    }

    pub fn place(&self, name: &str) -> Place {
        self.places.get(name).unwrap_or_else(|| panic!("no line of src/ begins the declaration of {name}")).clone()
    }

    /// Everything that is declared to C.
    pub fn names(&self) -> Vec<String> {
        let ours = self.places.iter().filter(|(name, _)| name.to_lowercase().starts_with("wrt_"));
        let mut names = ours.map(|(name, place)| (place.order, name.clone())).collect::<Vec<_>>();
        names.sort();
        names.into_iter().map(|(_, name)| name).collect()
    }

    /// Whether the function answers a status.
    pub fn is_fallible(&self, name: &str) -> bool {
        self.bodies.get(name).is_some_and(|body| body.contains("boundary::call"))
    }

    pub fn sections(&self) -> Vec<Section> {
        let section = |(noun, banner): &(String, String)| Section {
            noun: noun.clone(),
            doc: banner.split("\n\n").next().unwrap_or_default().to_owned(),
            banner: banner.clone(),
            ..Section::default()
        };
        self.modules.iter().map(section).collect()
    }
}

/// The modules that a file declares, in its order.
fn modules(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let name = |line: &str| {
        let name = line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')?;
        Some(name.trim_start_matches("r#").to_owned())
    };
    text.lines().filter_map(name).collect()
}

/// The file of a module, then those of its own modules.
fn files(folder: &Path, module: &str) -> Vec<PathBuf> {
    let own = folder.join(format!("{module}.rs"));
    let own = if own.exists() { own } else { folder.join(module).join("mod.rs") };
    let inner = modules(&own);
    let mut all = vec![own];
    for module in inner {
        all.extend(files(&folder.join(module_folder(&all[0])), &module));
    }
    all
}

fn module_folder(file: &Path) -> PathBuf {
    if file.ends_with("mod.rs") { file.with_file_name("") } else { file.with_extension("") }
}

/// The name that a line of source declares to the world.
fn declared(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub ")?;
    let rest = ["const ", "struct ", "type ", "extern \"C\" fn ", "unsafe extern \"C\" fn "]
        .iter()
        .find_map(|word| rest.strip_prefix(word))?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    (!rest.starts_with("fn ")).then_some(&rest[..end])
}
