//! Values of options: how text becomes a value, and a value text again.

use std::fmt;

/// What an option is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Flag(bool),
    Number(u64),
    Word(&'static str),
    Text(String),
}

/// What an option takes.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Flag,
    /// A number from `least` to `most`; `unit` says of what.
    Number {
        least: u64,
        most: u64,
        unit: &'static str,
    },
    /// A size in bytes.
    Bytes {
        least: u64,
        most: u64,
    },
    /// One of the words; what follows a word after `|` is another way to write it.
    Word(&'static [&'static str]),
    /// Any text that `check` finds good; `accepts` describes it.
    Text {
        accepts: &'static str,
        check: fn(&str) -> bool,
    },
}

impl Value {
    pub fn on(&self) -> bool {
        matches!(self, Value::Flag(true))
    }

    pub fn number(&self) -> u64 {
        if let Value::Number(number) = self { *number } else { 0 }
    }

    /// The number as a count of bytes in memory; the limits of all options fit.
    pub fn size(&self) -> usize {
        usize::try_from(self.number()).unwrap_or(usize::MAX)
    }

    /// The number as a count; the limits of all counts fit.
    pub fn count(&self) -> u32 {
        u32::try_from(self.number()).unwrap_or(u32::MAX)
    }

    pub fn word(&self) -> &str {
        match self {
            Value::Word(word) => word,
            Value::Text(text) => text,
            Value::Flag(_) | Value::Number(_) => "",
        }
    }

    pub fn json(&self) -> serde_json::Value {
        match self {
            Value::Flag(on) => (*on).into(),
            Value::Number(number) => (*number).into(),
            Value::Word(word) => (*word).into(),
            Value::Text(text) => text.as_str().into(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Flag(on) => on.fmt(f),
            Value::Number(number) => number.fmt(f),
            Value::Word(word) => word.fmt(f),
            Value::Text(text) => text.fmt(f),
        }
    }
}

impl From<bool> for Value {
    fn from(on: bool) -> Value {
        Value::Flag(on)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Value {
        Value::Number(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Value {
        Value::Number(number as u64)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Value {
        Value::Number(number.into())
    }
}

impl From<&'static str> for Value {
    fn from(word: &'static str) -> Value {
        Value::Word(word)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl Kind {
    /// Reads a value as its user wrote it; `None` when the option does not take it.
    pub fn parse(&self, text: &str) -> Option<Value> {
        let text = text.trim();
        match *self {
            Kind::Flag => flag(text).map(Value::Flag),
            Kind::Number { least, most, .. } => {
                number(text).filter(|number| (least..=most).contains(number)).map(Value::Number)
            }
            Kind::Bytes { least, most } => {
                bytes(text).filter(|bytes| (least..=most).contains(bytes)).map(Value::Number)
            }
            Kind::Word(words) => word(words, text).map(Value::Word),
            Kind::Text { check, .. } => check(text).then(|| Value::Text(text.to_owned())),
        }
    }

    /// What the option takes, for messages.
    pub fn accepts(&self) -> String {
        match *self {
            Kind::Flag => "true or false".to_owned(),
            Kind::Number { least, most, .. } if most == u64::MAX => format!("an integer of at least {least}"),
            Kind::Number { least, most, .. } => format!("an integer from {least} to {most}"),
            Kind::Bytes { least, most } => format!("a size from {} to {}", in_units(least), in_units(most)),
            Kind::Word(words) => format!("one of {}", names(words).collect::<Vec<_>>().join(", ")),
            Kind::Text { accepts, .. } => accepts.to_owned(),
        }
    }

    /// The name of the kind in `wrt_config_options_json`.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Flag => "bool",
            Kind::Number { .. } => "integer",
            Kind::Bytes { .. } => "bytes",
            Kind::Word(_) => "enum",
            Kind::Text { .. } => "string",
        }
    }

    pub fn unit(&self) -> Option<&'static str> {
        match *self {
            Kind::Number { unit, .. } => (!unit.is_empty()).then_some(unit),
            Kind::Bytes { .. } => Some("bytes"),
            _ => None,
        }
    }

    /// The words of an enumeration, as they are written by this library.
    pub fn words(&self) -> Option<Vec<&'static str>> {
        if let Kind::Word(words) = self { Some(names(words).collect()) } else { None }
    }
}

fn names(words: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    words.iter().map(|word| word.split('|').next().unwrap_or(word))
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "yes" => Some(true),
        "false" | "0" | "off" | "no" => Some(false),
        _ => None,
    }
}

/// The word that `text` means: case, `_` and `-` do not count. Where an enumeration has an off and an on, the words of a
/// flag mean them too.
fn word(words: &'static [&'static str], text: &str) -> Option<&'static str> {
    let plain = |text: &str| text.replace(['_', '-'], "").to_ascii_lowercase();
    let find = |text: &str| words.iter().find(|word| word.split('|').any(|way| plain(way) == plain(text))).copied();
    find(text).or_else(|| find(if flag(text)? { "true" } else { "false" }))?.split('|').next()
}

/// A decimal or `0x` number with `_` between its digits.
fn number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    if digits.starts_with(['_', '+', '-']) || digits.ends_with('_') {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

const UNITS: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// A number of bytes, or of KiB, MiB, GiB or TiB.
fn bytes(text: &str) -> Option<u64> {
    let (digits, factor) = (UNITS.iter())
        .find_map(|(name, factor)| {
            let (digits, unit) = text.split_at_checked(text.len().checked_sub(name.len())?)?;
            unit.eq_ignore_ascii_case(name).then_some((digits, *factor))
        })
        .unwrap_or((text, 1));
    number(digits.trim_end())?.checked_mul(factor)
}

fn in_units(bytes: u64) -> String {
    match UNITS.iter().find(|(_, factor)| bytes > 0 && bytes.is_multiple_of(*factor)) {
        Some((name, factor)) => format!("{} {name}", bytes / factor),
        None if bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_form() {
        let kind = Kind::Bytes { least: 1, most: 1 << 40 };
        let cases = [
            ("1", Some(1)),
            (" 65_536 ", Some(65536)),
            ("0x1_0000", Some(65536)),
            ("64KiB", Some(65536)),
            ("64 kib", Some(65536)),
            ("2MiB", Some(2 << 20)),
            ("3gib", Some(3 << 30)),
            ("1TiB", Some(1 << 40)),
            ("2TiB", None),
            ("0", None),
            ("-1", None),
            ("+1", None),
            ("_1", None),
            ("1_", None),
            ("1.5", None),
            ("1e3", None),
            ("64KB", None),
            ("", None),
            ("18446744073709551616", None),
            ("99999999TiB", None),
        ];
        for (text, bytes) in cases {
            assert_eq!(kind.parse(text), bytes.map(Value::Number), "{text}");
        }
        assert_eq!(kind.accepts(), "a size from 1 byte to 1 TiB");
        assert_eq!(Kind::Bytes { least: 3, most: 6 << 20 }.accepts(), "a size from 3 bytes to 6 MiB");
        assert_eq!(Kind::Number { least: 0, most: 9, unit: "" }.parse("4KiB"), None);
    }

    #[test]
    fn words_and_flags_are_read_in_every_form() {
        let kind = Kind::Word(&["none", "speed", "speed_and_size|size"]);
        for text in ["SpeedAndSize", "speed-and-size", "SPEED_AND_SIZE"] {
            assert_eq!(kind.parse(text), Some(Value::Word("speed_and_size")), "{text}");
        }
        assert_eq!(kind.parse("size"), Some(Value::Word("speed_and_size")));
        assert_eq!(kind.parse("true"), None);
        assert_eq!(kind.accepts(), "one of none, speed, speed_and_size");
        let switch = Kind::Word(&["on_demand|false", "pooling|true"]);
        assert_eq!(switch.parse("yes"), Some(Value::Word("pooling")));
        assert_eq!(switch.parse("OFF"), Some(Value::Word("on_demand")));
        for (text, on) in [("True", Some(true)), ("1", Some(true)), ("no", Some(false)), ("2", None), ("", None)] {
            assert_eq!(Kind::Flag.parse(text), on.map(Value::Flag), "{text}");
        }
    }
}
