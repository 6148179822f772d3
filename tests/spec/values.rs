//! Constants of scripts as slots, and slots compared with what a script expects.

use std::ffi::c_void;
use std::str::FromStr;

use serde_json::Value;
use wrt::*;

use crate::handle::{chars, make, output};
use crate::runner::{Outcome, list};
use crate::support::text;

/// Arguments or results. References among them are dropped at the end.
pub struct Slots<'a> {
    pub store: &'a wrt_store,
    pub slots: Vec<wrt_val>,
    pub kinds: Vec<u8>,
}

impl Drop for Slots<'_> {
    fn drop(&mut self) {
        let numbers = [WRT_I32, WRT_I64, WRT_F32, WRT_F64, WRT_V128];
        for (slot, kind) in self.slots.iter().zip(&self.kinds) {
            if !numbers.contains(&i32::from(*kind)) {
                wrt_ref_drop(Some(self.store), slot.lo);
            }
        }
    }
}

/// The slot of a constant. A reference belongs to the caller.
pub fn argument(store: &wrt_store, constant: &Value) -> Outcome<wrt_val> {
    let value = &constant["value"];
    let lo = match text(&constant["type"]) {
        "i32" | "f32" => bits(value, 32)?,
        "i64" | "f64" => bits(value, 64)?,
        "v128" => {
            let mut all = 0;
            for (lane, width) in lanes(constant) {
                all = all >> width | u128::from(bits(lane, width)?) << (128 - width);
            }
            return Ok(wrt_val { lo: all as u64, hi: (all >> 64) as u64 });
        }
        _ if is_null(constant) => 0,
        "externref" => host_object(store, value)?,
        "anyref" => {
            let external = host_object(store, value)?;
            let internal = convert(store, external, WRT_ANYREF);
            wrt_ref_drop(Some(store), external);
            internal?
        }
        _ => return Err(format!("no argument is made of {constant}").into()),
    };
    Ok(wrt_val { lo, hi: 0 })
}

/// Whether the result in a slot is what the script expects.
pub fn fits(store: &wrt_store, slot: &wrt_val, expected: &Value) -> Outcome<bool> {
    let value = &expected["value"];
    match text(&expected["type"]) {
        "either" => {
            for one in list(&expected["values"]) {
                if fits(store, slot, one)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        "i32" | "f32" => lane_fits(slot.lo, 32, value),
        "i64" | "f64" => lane_fits(slot.lo, 64, value),
        "v128" => {
            let mut found = u128::from(slot.hi) << 64 | u128::from(slot.lo);
            for (lane, width) in lanes(expected) {
                if !lane_fits(found as u64, width, lane)? {
                    return Ok(false);
                }
                found >>= width;
            }
            Ok(true)
        }
        _ if is_null(expected) => Ok(slot.lo == 0),
        _ if slot.lo == 0 => Ok(false),
        kind => reference_fits(store, slot.lo, kind, value),
    }
}

/// Whether a reference that is not null is what the script expects.
fn reference_fits(store: &wrt_store, id: u64, kind: &str, value: &Value) -> Outcome<bool> {
    let (ty, len) = match kind {
        "funcref" => chars("(ref func)"),
        "externref" => chars("(ref extern)"),
        "anyref" => chars("(ref any)"),
        "eqref" => chars("(ref eq)"),
        "i31ref" => chars("(ref i31)"),
        "structref" => chars("(ref struct)"),
        "arrayref" => chars("(ref array)"),
        "exnref" => chars("(ref exn)"),
        other => return Err(format!("no result is compared with {other}").into()),
    };
    let engine = make(|out, error| wrt_store_engine(Some(store), out, error))?;
    let ty = make(|out, error| wrt_type_parse(engine.get(), ty, len, out, error))?;
    let matches = output(|out, error| wrt_ref_matches(Some(store), id, ty.get(), out, error))?;
    if value.is_null() || matches == 0 {
        return Ok(matches == 1);
    }
    // Its number is asked of the object of the host, whichever side it is on.
    let external = convert(store, id, WRT_EXTERNREF)?;
    let data = output(|out, error| wrt_ref_to_host(Some(store), external, out, error));
    wrt_ref_drop(Some(store), external);
    Ok(data? as usize == number::<usize>(value)?)
}

/// A reference to an object of the host that stands for a number of the script.
fn host_object(store: &wrt_store, value: &Value) -> Outcome<u64> {
    let data = number::<usize>(value)? as *mut c_void;
    Ok(output(|out, error| wrt_ref_from_host(Some(store), data, None, out, error))?)
}

fn convert(store: &wrt_store, id: u64, kind: i32) -> Outcome<u64> {
    Ok(output(|out, error| wrt_ref_convert(Some(store), id, kind, out, error))?)
}

/// What stands in a slot, for a message.
pub fn shown(slot: &wrt_val, expected: &Value) -> String {
    match text(&expected["type"]) {
        "either" => shown(slot, &expected["values"][0]),
        "i32" => format!("i32 {}", slot.lo as i32),
        "i64" => format!("i64 {}", slot.lo as i64),
        "f32" => format!("f32 {:#010x}", slot.lo as u32),
        "f64" => format!("f64 {:#018x}", slot.lo),
        "v128" => format!("v128 {:#018x}{:016x}", slot.hi, slot.lo),
        _ if slot.lo == 0 => "null".to_owned(),
        _ => format!("reference {:#x}", slot.lo),
    }
}

fn is_null(constant: &Value) -> bool {
    let always = ["refnull", "nullref", "nullfuncref", "nullexternref", "nullexnref"];
    constant["value"] == "null" || always.contains(&text(&constant["type"]))
}

fn number<T: FromStr>(value: &Value) -> Outcome<T> {
    let found = value.as_str().and_then(|value| value.parse().ok());
    found.ok_or_else(|| format!("{value} is not the number wanted").into())
}

/// The lanes of a vector, from the lowest, with their width in bits.
fn lanes(constant: &Value) -> impl Iterator<Item = (&Value, u32)> {
    let lanes = list(&constant["value"]);
    lanes.iter().map(|lane| (lane, 128 / lanes.len() as u32))
}

/// The bits of a number: integers are signed, floats are given by their bits.
fn bits(value: &Value, width: u32) -> Outcome<u64> {
    Ok(number::<i128>(value)? as u64 & (u64::MAX >> (64 - width)))
}

/// Whether the lowest `width` bits are those expected; a float may be any NaN of a kind, with any sign.
fn lane_fits(found: u64, width: u32, expected: &Value) -> Outcome<bool> {
    let found = found & (u64::MAX >> (64 - width));
    // All bits of the exponent, and the highest of the payload.
    let quiet = if width == 64 { 0x7ff8 << 48 } else { 0x7fc0 << 16 };
    match expected.as_str() {
        Some("nan:canonical") => Ok(found & !(1 << (width - 1)) == quiet),
        Some("nan:arithmetic") => Ok(found & quiet == quiet),
        _ => Ok(found == bits(expected, width)?),
    }
}
