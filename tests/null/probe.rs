//! Tries one function.

use serde_json::Value;

use crate::support::{api, items, text};
use crate::world::{Slot, World};

const WRT_OK: i32 = 0;
const WRT_ERR_ARGUMENT: i32 = 2;
const WRT_ERR_CLOSED: i32 = 20;
const LAST_STATUS: i32 = 27;

/// Tries the function `name`, and panics with a sentence where it does not answer as it should.
pub fn run(name: &str) {
    let function = items(&api(), "functions").into_iter().find(|item| item["name"] == name);
    let function = function.unwrap_or_else(|| panic!("there is no function {name}"));
    let world = World::new();
    let probe = |world: &World| Probe { world, params: items(&function, "params"), function: &function }.run();
    if items(&function, "params").iter().any(is_caller) {
        world.in_host_function(&probe);
    } else {
        probe(&world);
    }
    let alive = world.close();
    assert_eq!(alive, 0, "{alive} objects are still alive after all was released");
}

fn is_caller(param: &Value) -> bool {
    param["base"] == "wrt_caller" && param["kind"] == "handle"
}

struct Probe<'a> {
    world: &'a World,
    function: &'a Value,
    params: Vec<Value>,
}

/// What a call answered.
struct Answer {
    status: i32,
    /// Where the function has an error slot that was not NULL.
    message: Option<String>,
}

impl Probe<'_> {
    fn run(&self) {
        for (place, param) in self.params.iter().enumerate() {
            if param.get("null").is_some() {
                self.null(place, text(&param["name"]), text(&param["null"]));
            }
            if param["kind"] == "handle" {
                self.misfit(place, text(&param["name"]), text(&param["base"]));
            }
        }
        self.all_null();
        if !self.params.iter().any(is_caller) {
            self.closed_store();
        }
    }

    /// NULL for one parameter; where it has a length, with that and with 0.
    fn null(&self, place: usize, name: &str, null: &str) {
        let what = format!("{name} NULL");
        let length = self.params.iter().position(|param| self.params[place]["length"] == param["name"]);
        let answer = self.call(|slots| {
            slots[place].value = 0;
            if let Some(length) = length {
                slots[length].value = slots[length].value.max(1);
            }
        });
        if matches!(null, "refused" | "empty") {
            self.expect(&answer, &what, WRT_ERR_ARGUMENT, &format!("{name} is NULL"));
        }
        if let Some(length) = length {
            self.call(|slots| (slots[place].value, slots[length].value) = (0, 0));
        }
    }

    /// A handle of another kind, and one that is closed.
    fn misfit(&self, place: usize, name: &str, base: &str) {
        if base != "wrt_fault" {
            let answer = self.call(|slots| slots[place].value = self.world.handle("wrt_fault"));
            self.expect(&answer, &format!("{name} a fault"), WRT_ERR_ARGUMENT, &format!("{name} is a fault handle"));
        }
        if base != "wrt_caller" {
            let answer = self.call(|slots| slots[place].value = self.world.closed(base));
            self.expect(&answer, &format!("{name} closed"), WRT_ERR_CLOSED, "the ");
        }
    }

    fn all_null(&self) {
        let answer = self.call(|slots| slots.iter_mut().for_each(|slot| *slot = Slot::number(0)));
        if self.params.iter().any(|param| param["null"] == "refused") {
            self.expect(&answer, "all NULL", WRT_ERR_ARGUMENT, "");
        }
    }

    /// All as it should be, but the store of all that lives in one is closed.
    fn closed_store(&self) {
        self.call(|_| ());
        self.world.close_store();
        let answer = self.call(|_| ());
        if self.params.iter().any(|param| param["base"] == "wrt_store" && param["kind"] == "handle") {
            self.expect(&answer, "the store closed", WRT_ERR_CLOSED, "the store is closed");
        }
    }

    fn expect(&self, answer: &Answer, what: &str, status: i32, message: &str) {
        if self.function["status"] == true {
            let said = answer.message.clone().unwrap_or_default();
            assert_eq!(answer.status, status, "{what}: the message is `{said}`");
            assert!(answer.message.is_none() || said.starts_with(message), "{what}: the message is `{said}`");
        }
    }

    /// Calls the function with plausible values, changed by `change`; checks that the status is one, that a failure wrote
    /// no output and has a message, and releases what a success handed out.
    fn call(&self, change: impl FnOnce(&mut [Slot])) -> Answer {
        let plausible = |param| self.world.plausible(self.function, &self.params, param);
        let mut slots = self.params.iter().map(plausible).collect::<Vec<_>>();
        change(&mut slots);
        let name = text(&self.function["name"]);
        let args = slots.iter().map(|slot| slot.value).collect::<Vec<_>>();
        let before = slots.iter().map(Slot::bytes).collect::<Vec<_>>();
        let result = self.world.library.call(name, &args);
        let status = if self.function["status"] == true { result as i32 } else { WRT_OK };
        assert!((WRT_OK..=LAST_STATUS).contains(&status), "the status is {status}");
        for ((param, slot), before) in self.params.iter().zip(&slots).zip(before) {
            if status == WRT_OK {
                self.world.release_output(text(&param["kind"]), text(&param["base"]), slot);
            } else if !is_written_always(name, param) {
                assert!(slot.bytes() == before, "status {status}, but {} was written", param["name"]);
            }
        }
        if status == WRT_OK {
            self.undo(name, result, &args);
        }
        let last = self.params.last().zip(slots.last());
        let error = last.filter(|(param, slot)| is_error_slot(param) && slot.value != 0).map(|(_, slot)| slot);
        let message = error.filter(|_| status != WRT_OK).map(Slot::message);
        assert!(message.as_deref() != Some(""), "status {status} without a message");
        Answer { status, message }
    }

    /// Takes back what a success did to the world.
    fn undo(&self, name: &str, result: usize, args: &[usize]) {
        if name == "wrt_retain" && result != 0 {
            self.world.library.call("wrt_release", &[result]);
        }
        if name == "wrt_store_lock" {
            self.world.library.call("wrt_store_unlock", args);
        }
    }
}

/// Whether this is where the function describes its failure.
fn is_error_slot(param: &Value) -> bool {
    param["type"] == "wrt_error *" && param["null"] == "allowed"
}

/// The error, of course, and what is documented so.
fn is_written_always(function: &str, param: &Value) -> bool {
    is_error_slot(param) || (matches!(function, "wrt_call_invoke_many" | "wrt_call_map") && param["name"] == "done")
}
