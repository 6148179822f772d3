//! What can be set: every option by name, with its type, its default, its meaning and the way to Wasmtime.

use std::ffi::CString;
use std::sync::LazyLock;

use serde_json::json;
#[cfg(feature = "compiler")]
use wasmtime::CacheConfig;
use wasmtime::{Engine, PoolingAllocationConfig, WasmFeatures};

use super::value::{Kind, Value};
use super::{cache, compiler, debugging, execution, families, memory, pooling, proposals};
#[cfg(not(feature = "compiler"))]
use crate::absent::CacheConfig;
use crate::error::{Failure, Result, WRT_ERR_CONFIG, WRT_ERR_UNSUPPORTED, c_string};

/// One option.
pub(crate) struct Choice {
    pub key: &'static str,
    pub kind: Kind,
    pub default: &'static str,
    pub doc: &'static str,
    /// Other names of the option.
    pub aliases: &'static [&'static str],
    /// The values that this build cannot do (none named: all but the default), and why.
    pub lacking: Option<(&'static [&'static str], &'static str)>,
    pub apply: Apply,
    pub seen: Seen,
}

/// How a value reaches Wasmtime. Setters of Wasmtime return their receiver, and so do these.
#[derive(Clone, Copy)]
pub(crate) enum Apply {
    Engine(for<'a> fn(&'a mut wasmtime::Config, &Value) -> &'a mut wasmtime::Config),
    Pool(for<'a> fn(&'a mut PoolingAllocationConfig, &Value) -> &'a mut PoolingAllocationConfig),
    Cache(for<'a> fn(&'a mut CacheConfig, &Value) -> &'a mut CacheConfig),
    Feature(WasmFeatures),
    /// `Config::build` and its helpers look at it themselves.
    Build,
}

/// Where the value in force can be read.
#[derive(Clone, Copy)]
pub(crate) enum Seen {
    Engine(fn(&Engine) -> Option<Value>),
    Pool(fn(&PoolingAllocationConfig) -> Value),
    Feature(WasmFeatures),
    /// Wasmtime does not tell: what was set is in force.
    Setting,
}

impl Choice {
    pub const fn new(key: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Choice {
        Choice { key, kind, default, doc, aliases: &[], lacking: None, apply: Apply::Build, seen: Seen::Setting }
    }

    pub const fn flag(key: &'static str, default: bool, doc: &'static str) -> Choice {
        Choice::new(key, Kind::Flag, if default { "true" } else { "false" }, doc)
    }

    pub const fn aliases(self, aliases: &'static [&'static str]) -> Choice {
        Choice { aliases, ..self }
    }

    pub const fn lacking(self, values: &'static [&'static str], why: &'static str) -> Choice {
        Choice { lacking: Some((values, why)), ..self }
    }

    pub const fn apply(
        self,
        apply: for<'a> fn(&'a mut wasmtime::Config, &Value) -> &'a mut wasmtime::Config,
    ) -> Choice {
        Choice { apply: Apply::Engine(apply), ..self }
    }

    pub const fn seen(self, seen: fn(&Engine) -> Option<Value>) -> Choice {
        Choice { seen: Seen::Engine(seen), ..self }
    }

    /// The default as a value.
    pub fn default(&self) -> Value {
        self.kind.parse(self.default).unwrap_or_else(|| Value::Text(self.default.to_owned()))
    }

    /// Whether anything but the default can be set.
    fn available(&self) -> bool {
        !matches!(self.lacking, Some(([], _)))
    }
}

/// The groups of options, in the order in which they are listed.
pub(crate) const GROUPS: [(&str, &[Choice]); 9] = [
    ("compiler", compiler::OPTIONS),
    ("execution", execution::OPTIONS),
    ("debugging", debugging::OPTIONS),
    ("memory", memory::OPTIONS),
    ("gc", memory::GC_OPTIONS),
    ("pooling", pooling::OPTIONS),
    ("cache", cache::OPTIONS),
    ("proposals", proposals::OPTIONS),
    ("component_model", proposals::COMPONENT_OPTIONS),
];

/// All options, families aside.
pub(crate) fn all() -> impl Iterator<Item = &'static Choice> {
    GROUPS.iter().flat_map(|(_, choices)| *choices)
}

/// What a key leads to.
pub(crate) enum Found {
    Choice(&'static Choice),
    /// A family of options, and the name of the member as the family writes it.
    Member(&'static families::Family, String),
}

impl Found {
    /// The key under which settings are kept.
    pub fn key(&self) -> String {
        match self {
            Found::Choice(choice) => choice.key.to_owned(),
            Found::Member(family, name) => format!("{}{name}", family.prefix),
        }
    }

    pub fn default(&self) -> Value {
        match self {
            Found::Choice(choice) => choice.default(),
            Found::Member(family, name) => (family.default)(name),
        }
    }

    /// Reads a value for this option, and says whether this build can do it.
    pub fn parse(&self, text: &str) -> Result<Value> {
        let key = self.key();
        let kind = match self {
            Found::Choice(choice) => &choice.kind,
            Found::Member(family, _) => &family.kind,
        };
        let value = kind.parse(text).ok_or_else(|| {
            Failure::new(WRT_ERR_CONFIG, format_args!("option {key} cannot be {text:?}: it takes {}", kind.accepts()))
        })?;
        let lacking = match self {
            Found::Choice(choice) => choice.lacking.and_then(|(values, why)| {
                let text = value.to_string();
                let refused = if values.is_empty() { value != choice.default() } else { values.contains(&&*text) };
                refused.then_some(why)
            }),
            Found::Member(family, name) => (family.lacking)(name, &value),
        };
        match lacking {
            Some(why) => Err(Failure::new(WRT_ERR_UNSUPPORTED, format_args!("option {key} cannot be {value}: {why}"))),
            None => Ok(value),
        }
    }
}

/// The option that `key` names.
pub(crate) fn find(key: &str) -> Result<Found> {
    let plain = plain(key);
    if let Some(choice) = all().find(|choice| choice.key == plain || choice.aliases.contains(&&*plain)) {
        return Ok(Found::Choice(choice));
    }
    for family in families::ALL {
        if plain.starts_with(family.prefix)
            && let Some(name) = key.trim().get(family.prefix.len()..)
        {
            return Ok(Found::Member(family, (family.resolve)(name)?));
        }
    }
    let names = all().flat_map(|choice| std::iter::once(choice.key).chain(choice.aliases.iter().copied()));
    let names = names.chain(families::ALL.iter().map(|family| family.prefix));
    Err(unknown(key, nearest(&plain, names)))
}

fn plain(key: &str) -> String {
    key.trim().to_ascii_lowercase().replace('-', "_")
}

pub(crate) fn unknown(key: &str, nearest: Option<&str>) -> Failure {
    let nearest = nearest.map_or(String::new(), |name| format!("; the nearest is {name}"));
    Failure::new(WRT_ERR_CONFIG, format_args!("there is no option {key:?}{nearest}"))
}

/// The name that looks most like `wanted`.
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let rated = names.map(|name| (strsim::normalized_damerau_levenshtein(wanted, name), name));
    rated.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}

/// The list of all options as JSON.
pub(crate) static JSON: LazyLock<CString> = LazyLock::new(|| {
    let mut list = Vec::new();
    for (group, choices) in GROUPS {
        for choice in choices {
            list.push(json!({
                "key": choice.key,
                "type": choice.kind.name(),
                "default": choice.default().json(),
                "values": choice.kind.words(),
                "doc": choice.doc,
                "group": group,
                "aliases": choice.aliases,
                "unit": choice.kind.unit(),
                "available": choice.available(),
            }));
        }
    }
    for family in families::ALL {
        list.push(json!({
            "key": format!("{}<name>", family.prefix),
            "type": family.kind.name(),
            "default": serde_json::Value::Null,
            "values": serde_json::Value::Null,
            "doc": family.doc,
            "group": family.group,
            "aliases": [],
            "unit": family.kind.unit(),
            "available": true,
            "names": (family.names)(),
        }));
    }
    c_string(&serde_json::Value::from(list).to_string())
});

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_table_is_sound() {
        let mut names = HashSet::new();
        for choice in all() {
            for name in std::iter::once(&choice.key).chain(choice.aliases) {
                assert!(names.insert(*name), "{name} stands twice in the table");
                assert_eq!(*name, plain(name), "{name} cannot be found");
                assert!(matches!(find(name), Ok(Found::Choice(found)) if found.key == choice.key), "{name}");
            }
            let default = choice.kind.parse(choice.default);
            assert_eq!(default.map(|value| value.to_string()), Some(choice.default.to_owned()), "{}", choice.key);
            assert!(choice.doc.ends_with('.') && choice.doc.len() > 20, "{} needs a sentence", choice.key);
        }
        assert!(names.len() > 130);
    }

    #[test]
    fn unknown_options_name_the_nearest() {
        let message = |key| find(key).err().map(|failure| failure.report().message.clone()).unwrap_or_default();
        assert_eq!(message("opt_levl"), "there is no option \"opt_levl\"; the nearest is opt_level");
        assert_eq!(message("wasm_simdd"), "there is no option \"wasm_simdd\"; the nearest is wasm_simd");
        assert_eq!(
            message("operator_cost.LocalGett"),
            "there is no option \"operator_cost.LocalGett\"; the nearest is operator_cost.LocalGet"
        );
        assert!(message("").starts_with("there is no option \"\""));
    }

    #[test]
    fn the_list_is_json() {
        let list: Vec<serde_json::Value> = serde_json::from_slice(JSON.to_bytes()).unwrap();
        assert_eq!(list.len(), all().count() + families::ALL.len());
        let level = list.iter().find(|option| option["key"] == "opt_level").unwrap();
        assert_eq!(level["type"], "enum");
        assert_eq!(level["default"], "speed");
        assert_eq!(level["values"], json!(["none", "speed", "speed_and_size"]));
        assert_eq!(level["aliases"], json!(["cranelift_opt_level", "optimization_level"]));
        let stack = list.iter().find(|option| option["key"] == "max_wasm_stack").unwrap();
        assert_eq!((&stack["unit"], &stack["default"]), (&json!("bytes"), &json!(524_288)));
        assert!(list.iter().all(|option| option["group"].is_string() && option["available"].is_boolean()));
    }
}
