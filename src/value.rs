//! Values as they cross the boundary, and the numbers of their kinds.

use wasmtime::{HeapType, RefType, Val, ValType};

use crate::boundary::Face;
use crate::error::{Failure, Result};

/// A WebAssembly value: 16 untagged bytes, little-endian; its kind comes from the type. i32 and f32 use the low 32 bits
/// of `lo` (what stands above them is unspecified: cast to 32 bits when reading), i64 and f64 use `lo`, v128 uses `lo` and `hi`, references use `lo` as a store-scoped id (0 is null). Frozen
/// layout.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct wrt_val {
    /// The low 64 bits.
    pub lo: u64,
    /// The high 64 bits of a v128.
    pub hi: u64,
}

// Slots of C are handed to Wasmtime as they are.
const _: () = assert!(size_of::<wrt_val>() == size_of::<wasmtime::ValRaw>());
const _: () = assert!(align_of::<wrt_val>() >= align_of::<wasmtime::ValRaw>());

impl Face for wrt_val {
    type Seen = wrt_val;
    fn see<'a>(&'a self, _: &str) -> Result<&'a wrt_val> {
        Ok(self)
    }
}

// The kinds are the WebAssembly binary encoding of the types.

/// 32-bit integer.
pub const WRT_I32: i32 = 127;
/// 64-bit integer.
pub const WRT_I64: i32 = 126;
/// 32-bit float.
pub const WRT_F32: i32 = 125;
/// 64-bit float.
pub const WRT_F64: i32 = 124;
/// 128-bit vector.
pub const WRT_V128: i32 = 123;
/// 8-bit integer, in GC structs and arrays only.
pub const WRT_I8: i32 = 120;
/// 16-bit integer, in GC structs and arrays only.
pub const WRT_I16: i32 = 119;
/// The null exception reference.
pub const WRT_NOEXN: i32 = 116;
/// The null function reference.
pub const WRT_NOFUNC: i32 = 115;
/// The null external reference.
pub const WRT_NOEXTERN: i32 = 114;
/// The null GC reference.
pub const WRT_NONE: i32 = 113;
/// Function reference, of any function type.
pub const WRT_FUNCREF: i32 = 112;
/// Reference to an object of the host.
pub const WRT_EXTERNREF: i32 = 111;
/// Any GC reference.
pub const WRT_ANYREF: i32 = 110;
/// GC reference that can be compared.
pub const WRT_EQREF: i32 = 109;
/// 31-bit integer in a reference.
pub const WRT_I31REF: i32 = 108;
/// Reference to a GC struct, of any struct type.
pub const WRT_STRUCTREF: i32 = 107;
/// Reference to a GC array, of any array type.
pub const WRT_ARRAYREF: i32 = 106;
/// Exception reference.
pub const WRT_EXNREF: i32 = 105;
/// Reference to a continuation.
pub const WRT_CONTREF: i32 = 104;
/// The null continuation reference.
pub const WRT_NOCONT: i32 = 117;

/// The kind of a value type. A reference to a concrete type has the kind of its top-most abstract kin: a reference to a
/// function type is `WRT_FUNCREF`, one to a struct type `WRT_STRUCTREF`.
pub(crate) fn kind(ty: &ValType) -> i32 {
    match ty {
        ValType::I32 => WRT_I32,
        ValType::I64 => WRT_I64,
        ValType::F32 => WRT_F32,
        ValType::F64 => WRT_F64,
        ValType::V128 => WRT_V128,
        ValType::Ref(ty) => reference_kind(ty),
    }
}

pub(crate) fn reference_kind(ty: &RefType) -> i32 {
    match ty.heap_type() {
        HeapType::Extern => WRT_EXTERNREF,
        HeapType::NoExtern => WRT_NOEXTERN,
        HeapType::Func | HeapType::ConcreteFunc(_) => WRT_FUNCREF,
        HeapType::NoFunc => WRT_NOFUNC,
        HeapType::Any => WRT_ANYREF,
        HeapType::Eq => WRT_EQREF,
        HeapType::I31 => WRT_I31REF,
        HeapType::Array | HeapType::ConcreteArray(_) => WRT_ARRAYREF,
        HeapType::Struct | HeapType::ConcreteStruct(_) => WRT_STRUCTREF,
        HeapType::Exn | HeapType::ConcreteExn(_) => WRT_EXNREF,
        HeapType::NoExn => WRT_NOEXN,
        HeapType::Cont | HeapType::ConcreteCont(_) => WRT_CONTREF,
        HeapType::NoCont => WRT_NOCONT,
        HeapType::None => WRT_NONE,
    }
}

/// The value type of a kind that C passes.
pub(crate) fn type_of_kind(kind: i32, name: &str) -> Result<ValType> {
    let reference = |heap| ValType::Ref(RefType::new(true, heap));
    Ok(match kind {
        WRT_I32 => ValType::I32,
        WRT_I64 => ValType::I64,
        WRT_F32 => ValType::F32,
        WRT_F64 => ValType::F64,
        WRT_V128 => ValType::V128,
        WRT_FUNCREF => reference(HeapType::Func),
        WRT_NOFUNC => reference(HeapType::NoFunc),
        WRT_EXTERNREF => reference(HeapType::Extern),
        WRT_NOEXTERN => reference(HeapType::NoExtern),
        WRT_ANYREF => reference(HeapType::Any),
        WRT_EQREF => reference(HeapType::Eq),
        WRT_I31REF => reference(HeapType::I31),
        WRT_STRUCTREF => reference(HeapType::Struct),
        WRT_ARRAYREF => reference(HeapType::Array),
        WRT_NONE => reference(HeapType::None),
        WRT_EXNREF => reference(HeapType::Exn),
        WRT_NOEXN => reference(HeapType::NoExn),
        other => return Err(Failure::argument(format_args!("{name} holds {other}, which is not the kind of a value"))),
    })
}

/// The slot of C for a value; none for a reference.
#[inline(always)]
pub(crate) fn plain_slot(value: &Val) -> Option<wrt_val> {
    let lo = |lo| Some(wrt_val { lo, hi: 0 });
    match value {
        Val::I32(value) => lo(u64::from(*value as u32)),
        Val::I64(value) => lo(*value as u64),
        Val::F32(bits) => lo(u64::from(*bits)),
        Val::F64(bits) => lo(*bits),
        Val::V128(value) => {
            let bits = value.as_u128();
            Some(wrt_val { lo: bits as u64, hi: (bits >> 64) as u64 })
        }
        _ => None,
    }
}

/// The value in a slot of C, which is of type `ty`; none for a reference.
#[inline(always)]
pub(crate) fn plain_val(slot: &wrt_val, ty: &ValType) -> Option<Val> {
    Some(match ty {
        ValType::I32 => Val::I32(slot.lo as u32 as i32),
        ValType::I64 => Val::I64(slot.lo as i64),
        ValType::F32 => Val::F32(slot.lo as u32),
        ValType::F64 => Val::F64(slot.lo),
        ValType::V128 => Val::V128((u128::from(slot.hi) << 64 | u128::from(slot.lo)).into()),
        ValType::Ref(_) => return None,
    })
}

/// Whether values of this type go to WebAssembly as they stand in the slots of C.
pub(crate) fn is_plain(ty: &ValType) -> bool {
    !matches!(ty, ValType::Ref(_))
}
