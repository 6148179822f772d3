//! Objects of the collector: structs, arrays and i31.

use std::mem::MaybeUninit;

use wasmtime::{
    AnyRef, ArrayRef, ArrayRefPre, ArrayType, ExnRef, FieldType, HeapType, I31, Ref, Rooted, StorageType,
    StoreContextMut, StructRef, StructRefPre, StructType, Trap, Val, ValType,
};

use crate::boundary::{self, Required};
use crate::error::{Failure, Result, WRT_ERR_BOUNDS, WRT_ERR_LIMIT, WRT_ERR_OTHER, WRT_ERR_TYPE, counted};
use crate::fault::wrt_error;
use crate::handle::Object;
use crate::reference;
use crate::store::{Data, Store, wrt_store};
use crate::trap;
use crate::types::{self, Type, wrt_type};
use crate::value::wrt_val;

/// What has members: the fields of a struct, the elements of an array, the values of an exception.
enum Members {
    Struct(Rooted<StructRef>),
    Array(Rooted<ArrayRef>),
    Exn(Rooted<ExnRef>),
}

fn refused(error: wasmtime::Error) -> Failure {
    match error.downcast_ref() {
        Some(Trap::AllocationTooLarge) => Failure::new(WRT_ERR_LIMIT, "the object would be too large"),
        _ => trap::from_wasmtime(&error, WRT_ERR_OTHER),
    }
}

fn find_array(context: &mut StoreContextMut<'_, Data>, id: u64) -> Result<Rooted<ArrayRef>> {
    let found = reference::find(context, id)?;
    let array = match &found {
        Ref::Any(Some(any)) => any.as_array(&*context).map_err(refused)?,
        _ => None,
    };
    array.ok_or_else(|| reference::misfit(context, &found, "an array"))
}

impl Members {
    fn find(context: &mut StoreContextMut<'_, Data>, id: u64) -> Result<Members> {
        let found = reference::find(context, id)?;
        match &found {
            Ref::Exn(Some(exn)) => return Ok(Members::Exn(*exn)),
            Ref::Any(Some(any)) => {
                if let Some(object) = any.as_struct(&*context).map_err(refused)? {
                    return Ok(Members::Struct(object));
                }
                if let Some(array) = any.as_array(&*context).map_err(refused)? {
                    return Ok(Members::Array(array));
                }
            }
            _ => {}
        }
        Err(reference::misfit(context, &found, "a struct, an array or an exception"))
    }

    fn len(&self, context: &mut StoreContextMut<'_, Data>) -> Result<u32> {
        let len = match self {
            Members::Struct(object) => object.ty(context).map(|ty| ty.fields().len() as u32),
            Members::Array(array) => array.len(context),
            Members::Exn(exn) => exn.ty(context).map(|ty| ty.fields().len() as u32),
        };
        len.map_err(refused)
    }

    fn get(&self, context: &mut StoreContextMut<'_, Data>, index: u32) -> Result<Val> {
        self.check(context, index)?;
        let value = match self {
            Members::Struct(object) => object.field(context, index as usize),
            Members::Array(array) => array.get(context, index),
            Members::Exn(exn) => exn.field(context, index as usize),
        };
        value.map_err(refused)
    }

    fn set(&self, context: &mut StoreContextMut<'_, Data>, index: u32, slot: &wrt_val) -> Result<()> {
        self.check(context, index)?;
        let ty = match self {
            Members::Struct(object) => object.ty(&*context).map(|ty| ty.field(index as usize)).map_err(refused)?,
            Members::Array(array) => array.ty(&*context).map(|ty| Some(ty.field_type())).map_err(refused)?,
            Members::Exn(_) => None,
        };
        let ty = ty.filter(|ty| ty.mutability().is_var());
        let ty = ty.ok_or_else(|| Failure::new(WRT_ERR_TYPE, format_args!("member {index} is constant")))?;
        let value = to_val(context, slot, &ty, format_args!("member {index}"))?;
        let done = match self {
            Members::Struct(object) => object.set_field(context, index as usize, value),
            Members::Array(array) => array.set(context, index, value),
            Members::Exn(_) => Ok(()),
        };
        done.map_err(refused)
    }

    fn check(&self, context: &mut StoreContextMut<'_, Data>, index: u32) -> Result<()> {
        let len = self.len(context)?;
        if index < len {
            return Ok(());
        }
        Err(Failure::new(WRT_ERR_BOUNDS, format_args!("member {index} is outside of an object of {len} members")))
    }
}

/// The value of a member, which may be narrower than any value.
fn to_val(
    context: &mut StoreContextMut<'_, Data>,
    slot: &wrt_val,
    ty: &FieldType,
    name: std::fmt::Arguments<'_>,
) -> Result<Val> {
    match ty.element_type() {
        StorageType::I8 | StorageType::I16 => Ok(Val::I32(slot.lo as u32 as i32)),
        StorageType::ValType(ty) if !ty.is_ref() => reference::to_val(context, slot, ty, ""),
        StorageType::ValType(ty) => reference::to_val(context, slot, ty, &name.to_string()),
    }
}

/// The type of the objects that `type` refers to.
fn heap_type<'a>(store: &Object<Store>, ty: &'a Type) -> Result<Option<&'a HeapType>> {
    ty.check_engine(store.engine().inner(), "type")?;
    Ok(ty.value("type")?.as_ref().map(|ty| ty.heap_type()))
}

fn struct_type<'a>(store: &Object<Store>, ty: &'a Type) -> Result<&'a StructType> {
    match heap_type(store, ty)? {
        Some(HeapType::ConcreteStruct(ty)) => Ok(ty),
        _ => Err(not_defined(ty, "a struct, as (struct (field i32)) is")),
    }
}

fn array_type<'a>(store: &Object<Store>, ty: &'a Type) -> Result<&'a ArrayType> {
    match heap_type(store, ty)? {
        Some(HeapType::ConcreteArray(ty)) => Ok(ty),
        _ => Err(not_defined(ty, "an array, as (array (mut i8)) is")),
    }
}

#[cold]
fn not_defined(ty: &Type, wanted: &str) -> Failure {
    Failure::new(WRT_ERR_TYPE, format_args!("type is {}, not that of {wanted}", ty.text()))
}

/// A new id for an object.
fn hand_over(context: &mut StoreContextMut<'_, Data>, object: Rooted<AnyRef>) -> Result<u64> {
    reference::from_ref(context, Ref::Any(Some(object)))
}

/// Makes an i31 of `value`, and an id for it, dropped with `wrt_ref_drop`.
///
/// Errors: `WRT_ERR_TYPE` when `value` needs more than 31 bits; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_from_i31(
    store: Option<&wrt_store>,
    value: i32,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let out = out.required("out")?;
        let message = || Failure::new(WRT_ERR_TYPE, format_args!("{value} needs more than the 31 bits of an i31"));
        let value = I31::new_i32(value).ok_or_else(message)?;
        let id = entry.scoped(|context| {
            let object = AnyRef::from_i31(&mut *context, value);
            hand_over(context, object)
        })?;
        out.write(id);
        Ok(())
    })
}

/// Reads the integer in an i31, with its sign.
///
/// Errors: `WRT_ERR_TYPE` when the reference is null or no i31; `WRT_ERR_NOT_FOUND` for a stale or foreign id;
/// `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_to_i31(
    store: Option<&wrt_store>,
    reference: u64,
    out: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let out = out.required("out")?;
        let value = entry.scoped(|context| {
            let found = reference::find(context, reference)?;
            let value = match &found {
                Ref::Any(Some(any)) => any.as_i31(&*context).map_err(refused)?,
                _ => None,
            };
            value.map(|value| value.get_i32()).ok_or_else(|| reference::misfit(context, &found, "an i31"))
        })?;
        out.write(value);
        Ok(())
    })
}

/// Makes a struct of type `type` with the values `fields`, and an id for it, dropped with `wrt_ref_drop`. Ids among the
/// fields stay the caller's. Of an i8 or i16 field the low bits count.
///
/// Errors: `WRT_ERR_TYPE` when `type` is not that of a struct, or `fields` do not fit it; `WRT_ERR_STORE` when it belongs to
/// another engine; `WRT_ERR_LIMIT` when the collector's heap is full; `WRT_ERR_NOT_FOUND` for a stale or foreign id;
/// `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_new_struct(
    store: Option<&wrt_store>,
    r#type: Option<&wrt_type>,
    fields: *const wrt_val,
    nfields: usize,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let ty = struct_type(store, r#type.required("type")?)?;
        let slots = boundary::slice(fields, nfields, "fields")?;
        let out = out.required("out")?;
        if ty.fields().len() != nfields {
            let (text, count) = (types::definition_text(&ty.clone().into()), ty.fields().len());
            let message = format_args!("{text} has {}, not {nfields}", counted(count, "field"));
            return Err(Failure::new(WRT_ERR_TYPE, message));
        }
        let id = store.enter()?.scoped(|context| {
            let values = slots.iter().zip(ty.fields()).enumerate();
            let values = values.map(|(i, (slot, ty))| to_val(context, slot, &ty, format_args!("field {i}")));
            let values = values.collect::<Result<Vec<_>>>()?;
            let allocator = StructRefPre::new(&mut *context, ty.clone());
            let object = StructRef::new(&mut *context, &allocator, &values).map_err(refused)?;
            hand_over(context, object.to_anyref())
        })?;
        out.write(id);
        Ok(())
    })
}

/// Makes an array of type `type` with the elements `elems`, and an id for it, dropped with `wrt_ref_drop`. Ids among the
/// elements stay the caller's.
///
/// Errors: `WRT_ERR_TYPE` when `type` is not that of an array, or an element does not fit it; else as
/// `wrt_ref_new_struct`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_new_array(
    store: Option<&wrt_store>,
    r#type: Option<&wrt_type>,
    elems: *const wrt_val,
    nelems: usize,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let ty = array_type(store, r#type.required("type")?)?;
        let slots = boundary::slice(elems, nelems, "elems")?;
        let out = out.required("out")?;
        let id = store.enter()?.scoped(|context| {
            let field = ty.field_type();
            let values = slots.iter().enumerate();
            let values = values.map(|(i, slot)| to_val(context, slot, &field, format_args!("element {i}")));
            let values = values.collect::<Result<Vec<_>>>()?;
            let allocator = ArrayRefPre::new(&mut *context, ty.clone());
            let array = ArrayRef::new_fixed(&mut *context, &allocator, &values).map_err(refused)?;
            hand_over(context, array.to_anyref())
        })?;
        out.write(id);
        Ok(())
    })
}

/// Makes an array of type `type` with `len` elements that are all `elem`, and an id for it, dropped with `wrt_ref_drop`.
///
/// Errors: as `wrt_ref_new_array`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_new_array_filled(
    store: Option<&wrt_store>,
    r#type: Option<&wrt_type>,
    elem: Option<&wrt_val>,
    len: u32,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let ty = array_type(store, r#type.required("type")?)?;
        let (elem, out) = (elem.required("elem")?, out.required("out")?);
        let id = store.enter()?.scoped(|context| {
            let value = to_val(context, elem, &ty.field_type(), format_args!("elem"))?;
            let allocator = ArrayRefPre::new(&mut *context, ty.clone());
            let array = ArrayRef::new(&mut *context, &allocator, &value, len).map_err(refused)?;
            hand_over(context, array.to_anyref())
        })?;
        out.write(id);
        Ok(())
    })
}

/// How many bytes an element of numbers takes.
fn width(ty: &ArrayType) -> Result<usize> {
    Ok(match ty.element_type() {
        StorageType::I8 => 1,
        StorageType::I16 => 2,
        StorageType::ValType(ValType::I32 | ValType::F32) => 4,
        StorageType::ValType(ValType::I64 | ValType::F64) => 8,
        StorageType::ValType(ValType::V128) => 16,
        StorageType::ValType(_) => {
            let text = types::definition_text(&ty.clone().into());
            return Err(Failure::new(WRT_ERR_TYPE, format_args!("{text} holds references, not bytes")));
        }
    })
}

/// The element that little-endian bytes are.
fn from_bytes(ty: &StorageType, bytes: &[u8]) -> Val {
    let mut wide = [0; 16];
    wide[..bytes.len()].copy_from_slice(bytes);
    let bits = u128::from_le_bytes(wide);
    match ty {
        StorageType::ValType(ValType::F32) => Val::F32(bits as u32),
        StorageType::ValType(ValType::I64) => Val::I64(bits as i64),
        StorageType::ValType(ValType::F64) => Val::F64(bits as u64),
        StorageType::ValType(ValType::V128) => Val::V128(bits.into()),
        _ => Val::I32(bits as i32),
    }
}

fn to_bytes(value: &Val, bytes: &mut [u8]) {
    let bits = match value {
        Val::I32(value) => u128::from(*value as u32),
        Val::I64(value) => u128::from(*value as u64),
        Val::F32(bits) => u128::from(*bits),
        Val::F64(bits) => u128::from(*bits),
        Val::V128(value) => value.as_u128(),
        _ => 0,
    };
    bytes.copy_from_slice(&bits.to_le_bytes()[..bytes.len()]);
}

/// The elements that `len` bytes from `offset` on are: the first, and how many.
fn elements(width: usize, offset: usize, len: usize) -> Result<(u32, u32)> {
    if !offset.is_multiple_of(width) || !len.is_multiple_of(width) {
        let message = format_args!("{len} bytes at {offset} are no whole elements of {width} bytes");
        return Err(Failure::argument(message));
    }
    let narrow = |bytes: usize| u32::try_from(bytes / width).unwrap_or(u32::MAX);
    Ok((narrow(offset), narrow(len)))
}

/// Makes an array of type `type`, whose elements are numbers, from their `len` bytes, little-endian, and an id for it, dropped with
/// `wrt_ref_drop`.
///
/// Errors: `WRT_ERR_ARGUMENT` when the bytes are no whole elements; as `wrt_ref_new_array`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_new_array_bytes(
    store: Option<&wrt_store>,
    r#type: Option<&wrt_type>,
    data: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let ty = array_type(store, r#type.required("type")?)?;
        let data = boundary::bytes(data, len, "data")?;
        let out = out.required("out")?;
        let width = width(ty)?;
        elements(width, 0, len)?;
        let id = store.enter()?.scoped(|context| {
            let allocator = ArrayRefPre::new(&mut *context, ty.clone());
            let array = if ty.element_type().is_i8() {
                ArrayRef::new_from_i8_slice(&mut *context, &allocator, data)
            } else {
                let mut values = Vec::new();
                let room = values.try_reserve_exact(len / width);
                room.map_err(|_| Failure::new(WRT_ERR_LIMIT, format_args!("there is no room for {len} bytes")))?;
                values.extend(data.chunks_exact(width).map(|bytes| from_bytes(&ty.element_type(), bytes)));
                ArrayRef::new_fixed(&mut *context, &allocator, &values)
            };
            hand_over(context, array.map_err(refused)?.to_anyref())
        })?;
        out.write(id);
        Ok(())
    })
}

/// Reads how many members `reference` has: fields of a struct, elements of an array, values of an exception.
///
/// Errors: `WRT_ERR_TYPE` when it is null or none of these; `WRT_ERR_NOT_FOUND` for a stale or foreign id;
/// `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_len(
    store: Option<&wrt_store>,
    reference: u64,
    out: Option<&mut MaybeUninit<u32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let out = out.required("out")?;
        out.write(entry.scoped(|context| Members::find(context, reference)?.len(context))?);
        Ok(())
    })
}

/// Reads member `index` of `reference`, from 0: a field of a struct, an element of an array, a value of an exception. An i8
/// or i16 is extended without sign. An id belongs to the caller, who drops it with `wrt_ref_drop`.
///
/// Errors: `WRT_ERR_BOUNDS`; as `wrt_ref_len`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_get(
    store: Option<&wrt_store>,
    reference: u64,
    index: u32,
    out: Option<&mut MaybeUninit<wrt_val>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let out = out.required("out")?;
        let value = entry.scoped(|context| {
            let value = Members::find(context, reference)?.get(context, index)?;
            reference::from_val(context, &value)
        })?;
        out.write(value);
        Ok(())
    })
}

/// Changes member `index` of `reference`, from 0: a field of a struct or an element of an array. An id stays the caller's.
///
/// Errors: `WRT_ERR_BOUNDS`; `WRT_ERR_TYPE` when the member is constant or the value does not fit; as `wrt_ref_len`. The
/// store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_set(
    store: Option<&wrt_store>,
    reference: u64,
    index: u32,
    value: Option<&wrt_val>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let value = value.required("value")?;
        entry.scoped(|context| Members::find(context, reference)?.set(context, index, value))
    })
}

/// The array behind an id with the elements that `len` bytes from `offset` on are.
fn range(
    context: &mut StoreContextMut<'_, Data>,
    id: u64,
    offset: usize,
    len: usize,
) -> Result<(Rooted<ArrayRef>, ArrayType, std::ops::Range<u32>)> {
    let array = find_array(context, id)?;
    let (ty, size) = (array.ty(&*context).map_err(refused)?, array.len(&*context).map_err(refused)?);
    let width = width(&ty)?;
    let (first, count) = elements(width, offset, len)?;
    match first.checked_add(count) {
        Some(end) if end <= size => Ok((array, ty, first..end)),
        _ => {
            let bytes = size as usize * width;
            let message = format_args!("{len} bytes at {offset} are outside of the array, which has {bytes} bytes");
            Err(Failure::new(WRT_ERR_BOUNDS, message))
        }
    }
}

/// Copies `len` bytes of an array of numbers from byte `offset` on to `dst`, little-endian, in whole elements.
///
/// Errors: `WRT_ERR_BOUNDS`; `WRT_ERR_ARGUMENT` for parts of elements; `WRT_ERR_TYPE` when `reference` is no array of numbers;
/// as `wrt_ref_len`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_read_bytes(
    store: Option<&wrt_store>,
    reference: u64,
    offset: usize,
    dst: *mut u8,
    len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let dst = boundary::slice_mut(dst, len, "dst")?;
        entry.scoped(|context| {
            let (array, ty, range) = range(context, reference, offset, len)?;
            let size = array.len(&*context).map_err(refused)? as usize;
            if ty.element_type().is_i8() && len == size {
                return array.copy_to_i8_slice(context, dst).map_err(refused);
            }
            // Wasmtime copies all of an array or one element: a part that is not small is cut out of all.
            if ty.element_type().is_i8() && len > size / 16 {
                let mut all = vec![0; size];
                array.copy_to_i8_slice(context, &mut all).map_err(refused)?;
                dst.copy_from_slice(&all[offset..offset + len]);
                return Ok(());
            }
            let width = width(&ty)?;
            for (index, bytes) in range.zip(dst.chunks_exact_mut(width)) {
                to_bytes(&array.get(&mut *context, index).map_err(refused)?, bytes);
            }
            Ok(())
        })
    })
}

/// Copies `len` bytes at `src`, little-endian, to an array of numbers from byte `offset` on, in whole elements.
///
/// Errors: `WRT_ERR_TYPE` also when the elements are constant; else as `wrt_ref_read_bytes`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_write_bytes(
    store: Option<&wrt_store>,
    reference: u64,
    offset: usize,
    src: *const u8,
    len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let src = boundary::bytes(src, len, "src")?;
        entry.scoped(|context| {
            let (array, ty, range) = range(context, reference, offset, len)?;
            if !ty.mutability().is_var() {
                return Err(Failure::new(WRT_ERR_TYPE, "the elements of the array are constant"));
            }
            let width = width(&ty)?;
            for (index, bytes) in range.zip(src.chunks_exact(width)) {
                array.set(&mut *context, index, from_bytes(&ty.element_type(), bytes)).map_err(refused)?;
            }
            Ok(())
        })
    })
}
