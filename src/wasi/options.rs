//! What can be set for programs by name.

use std::collections::HashMap;
use std::ffi::CString;
use std::sync::LazyLock;

use serde_json::json;

use crate::config::options::{nearest, unknown};
use crate::config::value::{Kind, Value};
use crate::error::{Failure, Result, WRT_ERR_CONFIG, c_string};

/// One option.
struct Choice {
    key: &'static str,
    kind: Kind,
    default: &'static str,
    doc: &'static str,
}

const STREAM: Kind = Kind::Word(&["null", "inherit"]);

const CHOICES: &[Choice] = &[
    Choice {
        key: "inherit_args",
        kind: Kind::Flag,
        default: "false",
        doc: "The arguments of this process come before those given.",
    },
    Choice {
        key: "inherit_env",
        kind: Kind::Flag,
        default: "false",
        doc: "The environment of this process comes before the variables given, but for names or values that are not UTF-8.",
    },
    Choice {
        key: "stdin",
        kind: STREAM,
        default: "null",
        doc: "null is empty, inherit the standard input of this process. The functions for input replace it.",
    },
    Choice {
        key: "stdout",
        kind: STREAM,
        default: "null",
        doc: "null drops output, inherit is that of this process. The functions for output replace it.",
    },
    Choice {
        key: "stderr",
        kind: STREAM,
        default: "null",
        doc: "null drops output, inherit is that of this process. The functions for output replace it.",
    },
    Choice {
        key: "terminal",
        kind: Kind::Flag,
        default: "false",
        doc: "Programs are told that pipes and callbacks are a terminal.",
    },
    Choice {
        key: "clock",
        kind: Kind::Word(&["real", "steps"]),
        default: "real",
        doc: "steps is a clock that begins at clock_start and moves by clock_step whenever it is read; sleeping takes real time.",
    },
    Choice {
        key: "clock_start",
        kind: Kind::Number { least: 0, most: i64::MAX as u64, unit: "ns" },
        default: "0",
        doc: "Where a clock of steps begins, since 1970.",
    },
    Choice {
        key: "clock_step",
        kind: Kind::Number { least: 1, most: 1_000_000_000_000, unit: "ns" },
        default: "1_000_000",
        doc: "How far a clock of steps moves at each reading.",
    },
    Choice {
        key: "random",
        kind: Kind::Word(&["real", "seeded"]),
        default: "real",
        doc: "seeded gives each store the same numbers again, those of ChaCha12 from random_seed: not for secrets.",
    },
    Choice {
        key: "random_seed",
        kind: Kind::Number { least: 0, most: u64::MAX, unit: "" },
        default: "0",
        doc: "Where seeded random numbers begin.",
    },
    Choice {
        key: "tcp",
        kind: Kind::Flag,
        default: "false",
        doc: "TCP may be used, with the addresses that are allowed.",
    },
    Choice {
        key: "udp",
        kind: Kind::Flag,
        default: "false",
        doc: "UDP may be used, with the addresses that are allowed.",
    },
    Choice { key: "name_lookup", kind: Kind::Flag, default: "false", doc: "Names of hosts may be looked up." },
    Choice {
        key: "file_threads",
        kind: Kind::Flag,
        default: "false",
        doc: "Files are read and written on threads of the library, for slow disks; a program waits as it does for input.",
    },
    Choice {
        key: "transfer_limit",
        kind: Kind::Bytes { least: 4 << 10, most: 1 << 40 },
        default: "128MiB",
        doc: "The most that the library copies for a program at once: a larger read or write fails with ENOMEM.",
    },
];

/// What is set.
#[derive(Clone, Default)]
pub(crate) struct Values(HashMap<&'static str, Value>);

impl Values {
    /// Sets an option as its user wrote it, and says which it is.
    pub fn set(&mut self, key: &str, text: &str) -> Result<&'static str> {
        let plain = key.trim().to_ascii_lowercase().replace('-', "_");
        let Some(choice) = CHOICES.iter().find(|choice| choice.key == plain) else {
            return Err(unknown(key, nearest(&plain, CHOICES.iter().map(|choice| choice.key))));
        };
        let value = choice.kind.parse(text).ok_or_else(|| {
            let (key, accepts) = (choice.key, choice.kind.accepts());
            Failure::new(WRT_ERR_CONFIG, format_args!("option {key} cannot be {text:?}: it takes {accepts}"))
        })?;
        self.0.insert(choice.key, value);
        Ok(choice.key)
    }

    fn get(&self, key: &str) -> Value {
        let choice = CHOICES.iter().find(|choice| choice.key == key);
        let default = || choice.and_then(|choice| choice.kind.parse(choice.default)).unwrap_or(Value::Flag(false));
        self.0.get(key).cloned().unwrap_or_else(default)
    }

    pub fn on(&self, key: &str) -> bool {
        self.get(key).on()
    }

    pub fn number(&self, key: &str) -> u64 {
        self.get(key).number()
    }

    pub fn is(&self, key: &str, word: &str) -> bool {
        self.get(key).word() == word
    }
}

/// The list of all options as JSON.
pub(crate) static JSON: LazyLock<CString> = LazyLock::new(|| {
    let list = CHOICES.iter().map(|choice| {
        json!({
            "key": choice.key,
            "type": choice.kind.name(),
            "default": choice.kind.parse(choice.default).map(|value| value.json()),
            "values": choice.kind.words(),
            "doc": choice.doc,
            "unit": choice.kind.unit(),
        })
    });
    c_string(&list.collect::<serde_json::Value>().to_string())
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        for (index, choice) in CHOICES.iter().enumerate() {
            assert!(choice.kind.parse(choice.default).is_some(), "{}", choice.key);
            assert!(choice.doc.ends_with('.') && choice.doc.len() > 20, "{} needs a sentence", choice.key);
            assert!(CHOICES[..index].iter().all(|other| other.key != choice.key), "{} stands twice", choice.key);
        }
        let list: Vec<serde_json::Value> = serde_json::from_slice(JSON.to_bytes()).unwrap();
        assert_eq!(list.len(), CHOICES.len());
        assert!(list.iter().any(|option| option["key"] == "clock_step" && option["default"] == 1_000_000));
    }

    #[test]
    fn values_are_read_and_refused() {
        let mut values = Values::default();
        assert!(values.is("clock", "real") && !values.on("tcp") && values.number("transfer_limit") == 128 << 20);
        assert_eq!(values.set("Clock", "steps").unwrap(), "clock");
        assert!(values.is("clock", "steps"));
        let message = |outcome: Result<_>| outcome.err().map(|failure: Failure| failure.report().message.clone());
        let unknown = message(values.set("inherit-envv", "true").map(drop));
        assert_eq!(unknown.as_deref(), Some("there is no option \"inherit-envv\"; the nearest is inherit_env"));
        let bad = message(values.set("stdin", "file").map(drop));
        assert_eq!(bad.as_deref(), Some("option stdin cannot be \"file\": it takes one of null, inherit"));
    }
}
