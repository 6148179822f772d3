//! Scripts as the library has read them.

use serde_json::Value;
use wrt::*;

use crate::handle::{Owned, chars, lent, make, outputs};
use crate::runner::Outcome;
use crate::support::text;

#[derive(Clone)]
pub struct Script(Owned<wrt_script>);

impl Script {
    pub fn new(source: &str, name: &str) -> Outcome<Script> {
        let ((source, source_len), (name, name_len)) = (chars(source), chars(name));
        Ok(Script(make(|out, error| wrt_script_new(source, source_len, name, name_len, out, error))?))
    }

    pub fn commands(&self) -> Outcome<Vec<Value>> {
        let (json, len) = outputs(|json, len, error| wrt_script_json(self.0.get(), json, len, error))?;
        // SAFETY: the script lends so many bytes.
        let json = unsafe { lent(json.cast(), len) };
        match serde_json::from_slice::<Value>(&json).map_err(|e| e.to_string())?["commands"].take() {
            Value::Array(commands) => Ok(commands),
            other => Err(format!("the commands are {other}").into()),
        }
    }

    /// Compiles the module of a command, binary or text.
    pub fn compile(&self, engine: &wrt_engine, command: &Value) -> Outcome<Owned<wrt_module>> {
        let (name, name_len) = chars(text(&command["filename"]));
        let found = outputs(|data, len, error| wrt_script_module(self.0.get(), name, name_len, data, len, error));
        let (data, len) = found?;
        Ok(make(|out, error| wrt_module_new(Some(engine), data, len, out, error))?)
    }
}

/// Whether the command is one that counts.
pub fn is_assertion(command: &Value) -> bool {
    text(&command["type"]).starts_with("assert_")
}

pub fn line(command: &Value) -> u64 {
    command["line"].as_u64().unwrap_or(0)
}
