//! Tries one function.

use std::ffi::CStr;

use serde_json::Value;

use crate::support::{api, items, text};
use crate::world::{Slot, World};

const WRT_ERR_ARGUMENT: i32 = 2;
const LAST_STATUS: i32 = 27;

/// Tries the function `name`, and panics with a sentence where it does not answer as it should.
pub fn run(name: &str) {
    let function = items(&api(), "functions").into_iter().find(|item| item["name"] == name);
    let function = function.unwrap_or_else(|| panic!("there is no function {name}"));
    let params = items(&function, "params");
    let world = World::new();
    if params.iter().any(|param| param["base"] == "wrt_caller" && param["kind"] == "handle") {
        world.in_host_function(|world| probe(world, &function, &params));
    } else {
        probe(&world, &function, &params);
    }
    let alive = world.close();
    assert_eq!(alive, 0, "{alive} objects are still alive after all was released");
}

fn probe(world: &World, function: &Value, params: &[Value]) {
    let pointers = params.iter().filter(|param| param.get("null").is_some()).collect::<Vec<_>>();
    for param in &pointers {
        let name = text(&param["name"]);
        let null = text(&param["null"]);
        one(world, function, params, name, null, false);
        if null == "empty" {
            one(world, function, params, name, "allowed", true);
        }
    }
    let nothing = params.iter().map(|param| world.nothing(param)).collect();
    let refused = pointers.iter().any(|param| param["null"] == "refused");
    let status = Attempt { world, function, params, slots: nothing }.run();
    if function["status"] == true && refused {
        assert_eq!(status, WRT_ERR_ARGUMENT, "with all pointers NULL");
    }
}

/// Calls the function with NULL for the parameter `name`, and with a length of 0 there where it is `empty`.
fn one(world: &World, function: &Value, params: &[Value], name: &str, null: &str, empty: bool) {
    let mut slots = params.iter().map(|param| world.plausible(function, params, param)).collect::<Vec<_>>();
    let at = |name: &str| params.iter().position(|param| param["name"] == name);
    let place = at(name).expect("a parameter");
    slots[place].value = 0;
    if let Some(length) = params[place]["length"].as_str().and_then(at) {
        slots[length].value = if empty { 0 } else { slots[length].value.max(1) };
    }
    let attempt = Attempt { world, function, params, slots };
    let status = attempt.run();
    if function["status"] != true {
        return;
    }
    assert!((0..=LAST_STATUS).contains(&status), "{name} NULL: the status is {status}");
    if matches!(null, "refused" | "empty") {
        assert_eq!(status, WRT_ERR_ARGUMENT, "{name} NULL: {}", attempt.message().unwrap_or_default());
        if let Some(message) = attempt.message() {
            assert!(message.starts_with(&format!("{name} is NULL")), "{name} NULL: the message is `{message}`");
        }
    }
}

/// One call.
struct Attempt<'a> {
    world: &'a World,
    function: &'a Value,
    params: &'a [Value],
    slots: Vec<Slot>,
}

impl Attempt<'_> {
    /// Calls, checks that a failure wrote no output, and releases what a success handed out.
    fn run(&self) -> i32 {
        let name = text(&self.function["name"]);
        let args = self.slots.iter().map(|slot| slot.value).collect::<Vec<_>>();
        let before = self.slots.iter().map(Slot::bytes).collect::<Vec<_>>();
        let result = self.world.library.call(name, &args);
        let status = if self.function["status"] == true { result as i32 } else { 0 };
        for ((param, slot), before) in self.params.iter().zip(&self.slots).zip(before) {
            let kind = text(&param["kind"]);
            if status >= 2 {
                let error = param["base"] == "wrt_error";
                assert!(error || slot.bytes() == before, "{name} failed, and wrote to {}", param["name"]);
            } else if slot.value != 0 {
                self.world.release_output(kind, text(&param["base"]), slot);
            }
        }
        if self.function["result"] == "void *" && result != 0 {
            self.world.library.call("wrt_release", &[result]);
        }
        status
    }

    /// What the last argument says, where the function has such a one and it is not NULL.
    fn message(&self) -> Option<String> {
        let last = self.params.last().filter(|last| last["type"] == "wrt_error *" && last["null"] == "allowed")?;
        let slot = self.slots.last().filter(|slot| slot.value != 0 && last["kind"] == "output")?;
        let message = slot.word(2) as *const std::ffi::c_char;
        assert!(!message.is_null(), "a failure without a message");
        // SAFETY: the library wrote the error; its message is NUL-terminated and lives as long as the error.
        Some(unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned())
    }
}
