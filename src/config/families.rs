//! Options that come in families: a prefix, and a name from a list that Wasmtime owns.

use std::sync::LazyLock;

use serde_json::Value as Json;
use wasmtime::{OperatorCost, WasmFeatures};

use super::options::{self, Apply};
use super::value::{Kind, Value};
use crate::error::{Failure, Result, WRT_ERR_CONFIG};

/// A family of options.
pub(crate) struct Family {
    pub prefix: &'static str,
    pub group: &'static str,
    pub kind: Kind,
    pub doc: &'static str,
    /// All names, where they are known.
    pub names: fn() -> Option<Vec<String>>,
    /// The name as the family writes it.
    pub resolve: fn(&str) -> Result<String>,
    pub default: fn(&str) -> Value,
    /// Why this build cannot do a value.
    pub lacking: fn(&str, &Value) -> Option<&'static str>,
}

pub(crate) static ALL: &[Family] = &[OPERATOR_COST, WASM_FEATURES, CRANELIFT_FLAG];

const OPERATOR_COST: Family = Family {
    prefix: "operator_cost.",
    group: "execution",
    kind: Kind::Number { least: 0, most: 255, unit: "fuel" },
    doc: "How much fuel an operator of WebAssembly takes, operator_cost.I32Add or operator_cost.i32.add for example; names \
          that begin with variable are the additional cost per byte, element or page. Needs consume_fuel.",
    names: || Some(COSTS.iter().map(|(name, _)| name.clone()).collect()),
    resolve: operator,
    default: |name| COSTS.iter().find(|(known, _)| known == name).map_or(0, |(_, cost)| *cost).into(),
    lacking: |_, _| None,
};

const WASM_FEATURES: Family = Family {
    prefix: "wasm_features.",
    group: "proposals",
    kind: Kind::Flag,
    doc: "Parts of WebAssembly that have no option of their own, wasm_features.floats or wasm_features.sign_extension for \
          example. Those that Wasmtime has are on.",
    names: || Some(FEATURES.iter().map(|(name, _)| name.clone()).collect()),
    resolve: feature,
    default: |name| feature_flag(name).is_some_and(|flag| WasmFeatures::WASM3.contains(flag)).into(),
    lacking: |name, value| {
        let known = feature_flag(name).is_some_and(|flag| WasmFeatures::WASM3.contains(flag));
        (!known && value.on()).then_some("Wasmtime does not have it")
    },
};

const CRANELIFT_FLAG: Family = Family {
    prefix: "cranelift_flag.",
    group: "compiler",
    kind: Kind::Text {
        accepts: "true, false, a number or a word that the flag takes, or enable for a preset",
        check: is_word,
    },
    doc: "A setting of the code generator or of the processor, cranelift_flag.has_avx2 for example. Unsafe: a wrong one can \
          make code that crashes the process or leaves its sandbox.",
    names: || None,
    resolve: cranelift_flag,
    default: |_| Value::Text(String::new()),
    lacking: |_, _| None,
};

/// The default cost of each operator, as Wasmtime's own table has it.
static COSTS: LazyLock<Vec<(String, u64)>> = LazyLock::new(|| {
    let mut costs = Vec::new();
    let table = serde_json::to_value(OperatorCost::new()).unwrap_or_default();
    for (name, cost) in table.as_object().into_iter().flatten() {
        match cost {
            Json::Object(variable) => {
                let cost = |(part, cost): (&String, &Json)| Some((format!("{name}.{part}"), cost.as_u64()?));
                costs.extend(variable.iter().filter_map(cost));
            }
            cost => costs.extend(cost.as_u64().map(|cost| (name.clone(), cost))),
        }
    }
    costs
});

/// The table of costs with `changes`, pairs of a name and a cost.
pub(super) fn operator_costs(changes: &[(String, u64)]) -> Result<OperatorCost> {
    let mut table = serde_json::to_value(OperatorCost::new()).unwrap_or_default();
    for (name, cost) in changes {
        let place = match name.split_once('.') {
            Some((group, part)) => table.get_mut(group).and_then(|group| group.get_mut(part)),
            None => table.get_mut(&**name),
        };
        if let Some(place) = place {
            *place = (*cost).into();
        }
    }
    serde_json::from_value(table)
        .map_err(|error| Failure::new(WRT_ERR_CONFIG, format_args!("the options operator_cost.* do not fit: {error}")))
}

fn operator(name: &str) -> Result<String> {
    let plain = |name: &str| name.replace(['.', '_'], "").to_ascii_lowercase();
    let found = COSTS.iter().find(|(known, _)| plain(known) == plain(name));
    found
        .map(|(name, _)| name.clone())
        .ok_or_else(|| stranger(&OPERATOR_COST, name, COSTS.iter().map(|(name, _)| &**name)))
}

/// The features that have no option of their own. Parts of other features are not among them: they go with the whole.
static FEATURES: LazyLock<Vec<(String, WasmFeatures)>> = LazyLock::new(|| {
    let own = |flag| options::all().any(|choice| matches!(choice.apply, Apply::Feature(feature) if feature == flag));
    let flags = WasmFeatures::all().iter_names().filter(|(_, flag)| !own(*flag));
    flags.map(|(name, flag)| (name.to_ascii_lowercase(), flag)).collect()
});

pub(super) fn feature_flag(name: &str) -> Option<WasmFeatures> {
    FEATURES.iter().find(|(known, _)| known == name).map(|(_, flag)| *flag)
}

fn feature(name: &str) -> Result<String> {
    let plain = name.to_ascii_lowercase().replace('-', "_");
    if feature_flag(&plain).is_some() {
        return Ok(plain);
    }
    let flag = WasmFeatures::from_name(&plain.to_ascii_uppercase());
    let own = options::all().find(|choice| matches!(choice.apply, Apply::Feature(feature) if Some(feature) == flag));
    Err(match own {
        Some(choice) => {
            Failure::new(WRT_ERR_CONFIG, format_args!("wasm_features.{plain} is the option {}", choice.key))
        }
        None => stranger(&WASM_FEATURES, name, FEATURES.iter().map(|(name, _)| &**name)),
    })
}

/// Flags that are options already, and those that Wasmtime sets itself.
const TAKEN: [(&str, &str); 11] = [
    ("opt_level", "is the option opt_level"),
    ("regalloc_algorithm", "is the option cranelift_regalloc_algorithm"),
    ("enable_verifier", "is the option cranelift_debug_verifier"),
    ("enable_nan_canonicalization", "is the option cranelift_nan_canonicalization"),
    ("wasmtime_debug_checks", "is the option cranelift_wasmtime_debug_checks"),
    ("unwind_info", "is the option native_unwind_info"),
    ("probestack_strategy", "is set by Wasmtime itself"),
    ("enable_probestack", "is set by Wasmtime itself"),
    ("enable_multi_ret_implicit_sret", "is set by Wasmtime itself"),
    ("preserve_frame_pointers", "is set by Wasmtime itself"),
    ("stack_switch_model", "is set by Wasmtime itself"),
];

fn cranelift_flag(name: &str) -> Result<String> {
    if let Some((_, why)) = TAKEN.iter().find(|(taken, _)| *taken == name) {
        return Err(Failure::new(WRT_ERR_CONFIG, format_args!("cranelift_flag.{name} {why}")));
    }
    if is_word(name) {
        return Ok(name.to_owned());
    }
    Err(Failure::new(WRT_ERR_CONFIG, format_args!("cranelift_flag.{name} does not name a flag")))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn stranger<'a>(family: &Family, name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let nearest = options::nearest(name, known).map(|nearest| format!("{}{nearest}", family.prefix));
    options::unknown(&format!("{}{name}", family.prefix), nearest.as_deref())
}
