//! Actions of scripts: a function is called, a global is read.

use serde_json::Value;
use wrt::*;

use crate::handle::{Owned, Result, call, chars, make, output, outputs, sized};
use crate::runner::{Outcome, list};
use crate::support::text;
use crate::values::{self, Slots};

/// Does what the script says with an export of `instance`.
pub fn act<'a>(store: &'a wrt_store, instance: &wrt_instance, action: &Value) -> Outcome<Slots<'a>> {
    let (field, len) = chars(text(&action["field"]));
    let item = make(|out, error| wrt_instance_export(Some(instance), field, len, out, error))?;
    let ty = make(|out, error| wrt_extern_type(item.get(), out, error))?;
    if text(&action["type"]) == "get" {
        let shape = sized(|out, error| wrt_type_shape(ty.get(), out, error))?;
        let slot = output(|out, error| wrt_global_get(item.get(), out, error))?;
        return Ok(Slots { store, slots: vec![slot], kinds: vec![shape.content_kind as u8] });
    }
    let (params, results) = kinds(&ty)?;
    let args = list(&action["args"]);
    if args.len() != params.len() {
        return Err(format!("the function takes {} arguments, the script has {}", params.len(), args.len()).into());
    }
    let prepared = make(|out, error| wrt_call_new(item.get(), out, error))?;
    let mut given = Slots { store, slots: Vec::new(), kinds: params };
    for arg in args {
        given.slots.push(values::argument(store, arg)?);
    }
    let mut slots = given.slots.clone();
    slots.resize(wrt_call_slots(prepared.get()), wrt_val::default());
    call(|error| wrt_call_invoke(prepared.get(), slots.as_mut_ptr(), slots.len(), error))?;
    slots.truncate(results.len());
    Ok(Slots { store, slots, kinds: results })
}

/// The kinds of the parameters and of the results.
fn kinds(ty: &Owned<wrt_type>) -> Result<(Vec<u8>, Vec<u8>)> {
    let (nparams, nresults) = outputs(|params, results, error| wrt_type_arity(ty.get(), params, results, error))?;
    let (mut params, mut results) = (vec![0; nparams], vec![0; nresults]);
    call(|error| wrt_type_kinds(ty.get(), params.as_mut_ptr(), nparams, results.as_mut_ptr(), nresults, error))?;
    Ok((params, results))
}

/// Compares results with those that the command expects.
pub fn compare(found: &Slots<'_>, command: &Value) -> Outcome {
    let expected = list(&command["expected"]);
    if found.slots.len() != expected.len() {
        return Err(format!("expected {} results, found {}", expected.len(), found.slots.len()).into());
    }
    for (slot, expected) in found.slots.iter().zip(expected) {
        if !values::fits(found.store, slot, expected)? {
            return Err(format!("expected {expected}, found {}", values::shown(slot, expected)).into());
        }
    }
    Ok(())
}
