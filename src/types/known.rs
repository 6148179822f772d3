//! Wasmtime's types in the writer's terms.
//!
//! Wasmtime shows the members of a defined type, not its number. Here the types that an item leads to are found, one
//! after the other and never recursively, and numbered so that each recursion group comes after those it refers to.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use wasmparser::{
    AbstractHeapType, ArrayType, CompositeInnerType, CompositeType, FieldType, FuncType, GlobalType, HeapType,
    MemoryType, PackedIndex, RefType, StorageType, StructType, SubType, TableType, ValType,
};
use wasmtime::{ExternType, Finality, HeapType as Heap};

use super::write::{Groups, Item, Names, Signature, Texts};

/// Takes what a type hashes: Wasmtime hashes the recursion group that the type stands in.
struct Group(u64);

impl Hasher for Group {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
}

/// The recursion group of a defined type, as a number; None for abstract types.
fn group_of(ty: &Heap) -> Option<u64> {
    let mut group = Group(0);
    match ty {
        Heap::ConcreteFunc(ty) => ty.hash(&mut group),
        Heap::ConcreteArray(ty) => ty.hash(&mut group),
        Heap::ConcreteStruct(ty) => ty.hash(&mut group),
        // WAT cannot write the others; they are shown as the abstract type above them.
        _ => return None,
    }
    Some(group.finish())
}

/// What a definition leads to.
fn followed(ty: &Heap) -> Vec<Heap> {
    let value = |ty: &wasmtime::ValType| ty.as_ref().map(|ty| ty.heap_type().clone());
    let field = |field: wasmtime::FieldType| field.element_type().as_val_type().and_then(value);
    match ty {
        Heap::ConcreteFunc(ty) => {
            let supertype = ty.supertype().map(Heap::from);
            supertype.into_iter().chain(ty.params().chain(ty.results()).filter_map(|ty| value(&ty))).collect()
        }
        Heap::ConcreteArray(ty) => ty.supertype().map(Heap::from).into_iter().chain(field(ty.field_type())).collect(),
        Heap::ConcreteStruct(ty) => {
            ty.supertype().map(Heap::from).into_iter().chain(ty.fields().filter_map(field)).collect()
        }
        _ => Vec::new(),
    }
}

/// The items and the definitions they need, as text.
pub(crate) fn texts(items: &[&ExternType]) -> Texts {
    let mut known = Known::default();
    for item in items {
        known.find_item(item);
    }
    known.follow();
    let groups = known.order();
    let items: Vec<_> = items.iter().map(|item| known.item(&groups, item)).collect();
    Texts::new(&groups, &items)
}

/// A value type with the definitions it needs.
pub(crate) fn value_text(ty: &wasmtime::ValType) -> String {
    let item = ExternType::Global(wasmtime::GlobalType::new(ty.clone(), wasmtime::Mutability::Const));
    let mut known = Known::default();
    known.find_item(&item);
    known.follow();
    let groups = known.order();
    Texts::new(&groups, &[known.item(&groups, &item).value()]).join()
}

/// A value type without the definition that it names.
pub(crate) fn value(ty: &wasmtime::ValType) -> String {
    let item = ExternType::Global(wasmtime::GlobalType::new(ty.clone(), wasmtime::Mutability::Const));
    let mut known = Known::default();
    known.find_item(&item);
    known.numbers = vec![0; known.found.len()];
    Names(&[]).show(&known.value(ty)).to_string()
}

/// A defined type without the definitions that it names.
pub(crate) fn definition(ty: &Heap) -> String {
    let mut known = Known::default();
    known.find(ty.clone());
    known.numbers = vec![0; known.found.len()];
    Names(&[]).show(&known.definition(ty)).to_string()
}

/// A defined type that was found.
struct Found {
    ty: Heap,
    group: u64,
    /// Rises with the position in the group, as a rule: Wasmtime numbers types as they are registered.
    rank: u64,
    refers_to: Vec<usize>,
}

/// The defined types that were found, and their numbers.
#[derive(Default)]
struct Known {
    found: Vec<Found>,
    /// Where in `found` a type stands, by what Wasmtime shows of it, which is different for different types.
    places: HashMap<String, usize>,
    /// The number of each type in `found`, once they are in order.
    numbers: Vec<u32>,
}

impl Known {
    fn find(&mut self, ty: Heap) -> Option<usize> {
        let group = group_of(&ty)?;
        let key = ty.to_string();
        if let Some(place) = self.places.get(&key) {
            return Some(*place);
        }
        let rank = key
            .bytes()
            .filter(u8::is_ascii_digit)
            .fold(0, |rank: u64, digit| rank.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
        self.places.insert(key, self.found.len());
        self.found.push(Found { ty, group, rank, refers_to: Vec::new() });
        Some(self.found.len() - 1)
    }

    fn find_item(&mut self, item: &ExternType) {
        let ty = match item {
            ExternType::Func(ty) => Heap::from(ty.clone()),
            ExternType::Tag(ty) => Heap::from(ty.ty().clone()),
            ExternType::Table(ty) => ty.element().heap_type().clone(),
            ExternType::Global(ty) => match ty.content().as_ref() {
                Some(ty) => ty.heap_type().clone(),
                None => return,
            },
            ExternType::Memory(_) => return,
        };
        self.find(ty);
    }

    /// Finds what the types found so far lead to.
    fn follow(&mut self) {
        let mut next = 0;
        while let Some(found) = self.found.get(next) {
            let refers_to = followed(&found.ty).into_iter().filter_map(|ty| self.find(ty)).collect();
            self.found[next].refers_to = refers_to;
            next += 1;
        }
    }

    /// Puts the groups in order, numbers the types, and describes them.
    fn order(&mut self) -> Groups {
        let mut group_at: HashMap<u64, usize> = HashMap::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (place, found) in self.found.iter().enumerate() {
            let group = *group_at.entry(found.group).or_insert(groups.len());
            if group == groups.len() {
                groups.push(Vec::new());
            }
            groups[group].push(place);
        }
        for members in &mut groups {
            members.sort_by_key(|place| self.found[*place].rank);
        }
        let after = |group: usize| -> Vec<usize> {
            let refers_to = groups[group].iter().flat_map(|place| &self.found[*place].refers_to);
            refers_to.filter_map(|place| group_at.get(&self.found[*place].group).copied()).collect()
        };

        // A walk in depth with its own stack: a group is written when all it refers to are.
        let mut order = Vec::new();
        let mut seen = vec![false; groups.len()];
        for start in 0..groups.len() {
            let mut path = Vec::new();
            if !std::mem::replace(&mut seen[start], true) {
                path.push((start, after(start)));
            }
            while let Some((group, left)) = path.last_mut() {
                match left.pop() {
                    Some(next) if !std::mem::replace(&mut seen[next], true) => path.push((next, after(next))),
                    Some(_) => {}
                    None => {
                        order.push(*group);
                        path.pop();
                    }
                }
            }
        }

        self.numbers = vec![0; self.found.len()];
        for (number, place) in order.iter().flat_map(|group| &groups[*group]).enumerate() {
            self.numbers[*place] = number as u32;
        }
        let mut described = Groups::default();
        for group in order {
            described.push(groups[group].iter().map(|place| self.definition(&self.found[*place].ty)));
        }
        described
    }

    /// The number of a defined type.
    fn number(&self, ty: &Heap) -> Option<u32> {
        group_of(ty)?;
        self.numbers.get(*self.places.get(&ty.to_string())?).copied()
    }

    fn definition(&self, ty: &Heap) -> SubType {
        let number = |ty: Option<Heap>| ty.and_then(|ty| PackedIndex::from_module_index(self.number(&ty)?));
        let (finality, supertype_idx, inner) = match ty {
            Heap::ConcreteArray(ty) => {
                let inner = CompositeInnerType::Array(ArrayType(self.field(&ty.field_type())));
                (ty.finality(), number(ty.supertype().map(Heap::from)), inner)
            }
            Heap::ConcreteStruct(ty) => {
                let fields = ty.fields().map(|field| self.field(&field)).collect();
                let inner = CompositeInnerType::Struct(StructType { fields });
                (ty.finality(), number(ty.supertype().map(Heap::from)), inner)
            }
            Heap::ConcreteFunc(ty) => {
                (ty.finality(), number(ty.supertype().map(Heap::from)), CompositeInnerType::Func(self.func(ty)))
            }
            // Nothing else has a group, so nothing else was found.
            _ => (Finality::Final, None, CompositeInnerType::Func(FuncType::new([], []))),
        };
        let composite_type = CompositeType { inner, shared: false, descriptor_idx: None, describes_idx: None };
        SubType { is_final: finality.is_final(), supertype_idx, composite_type }
    }

    fn func(&self, ty: &wasmtime::FuncType) -> FuncType {
        FuncType::new(ty.params().map(|ty| self.value(&ty)), ty.results().map(|ty| self.value(&ty)))
    }

    fn field(&self, field: &wasmtime::FieldType) -> FieldType {
        let element_type = match field.element_type() {
            wasmtime::StorageType::I8 => StorageType::I8,
            wasmtime::StorageType::I16 => StorageType::I16,
            wasmtime::StorageType::ValType(ty) => StorageType::Val(self.value(ty)),
        };
        FieldType { element_type, mutable: field.mutability().is_var() }
    }

    fn value(&self, ty: &wasmtime::ValType) -> ValType {
        match ty {
            wasmtime::ValType::I32 => ValType::I32,
            wasmtime::ValType::I64 => ValType::I64,
            wasmtime::ValType::F32 => ValType::F32,
            wasmtime::ValType::F64 => ValType::F64,
            wasmtime::ValType::V128 => ValType::V128,
            wasmtime::ValType::Ref(ty) => ValType::Ref(self.reference(ty)),
        }
    }

    fn reference(&self, ty: &wasmtime::RefType) -> RefType {
        let named = self.number(ty.heap_type()).and_then(PackedIndex::from_module_index);
        if let Some(index) = named {
            return RefType::concrete(ty.is_nullable(), index);
        }
        let heap = HeapType::Abstract { shared: false, ty: abstract_heap(ty.heap_type()) };
        RefType::new(ty.is_nullable(), heap).unwrap_or(RefType::ANYREF)
    }

    /// Every function type of an item was found, so it has a number.
    fn signature<'a>(&self, groups: &'a Groups, ty: &wasmtime::FuncType) -> Signature<'a> {
        let number = self.number(&Heap::from(ty.clone())).unwrap_or_default();
        groups.signature(number).unwrap_or(Signature::Defined(number))
    }

    fn item<'a>(&self, groups: &'a Groups, item: &ExternType) -> Item<'a> {
        match item {
            ExternType::Func(ty) => Item::Func(self.signature(groups, ty)),
            ExternType::Tag(ty) => Item::Tag(self.signature(groups, ty.ty())),
            ExternType::Table(ty) => Item::Table(TableType {
                element_type: self.reference(ty.element()),
                table64: ty.is_64(),
                initial: ty.minimum(),
                maximum: ty.maximum(),
                shared: false,
            }),
            ExternType::Memory(ty) => Item::Memory(MemoryType {
                memory64: ty.is_64(),
                shared: ty.is_shared(),
                initial: ty.minimum(),
                maximum: ty.maximum(),
                page_size_log2: Some(u32::from(ty.page_size_log2())),
            }),
            ExternType::Global(ty) => Item::Global(GlobalType {
                content_type: self.value(ty.content()),
                mutable: ty.mutability().is_var(),
                shared: false,
            }),
        }
    }
}

/// The abstract type that a heap type is, or stands right below.
fn abstract_heap(ty: &Heap) -> AbstractHeapType {
    match ty {
        Heap::Extern => AbstractHeapType::Extern,
        Heap::NoExtern => AbstractHeapType::NoExtern,
        Heap::Func | Heap::ConcreteFunc(_) => AbstractHeapType::Func,
        Heap::NoFunc => AbstractHeapType::NoFunc,
        Heap::Any => AbstractHeapType::Any,
        Heap::Eq => AbstractHeapType::Eq,
        Heap::I31 => AbstractHeapType::I31,
        Heap::Array | Heap::ConcreteArray(_) => AbstractHeapType::Array,
        Heap::Struct | Heap::ConcreteStruct(_) => AbstractHeapType::Struct,
        Heap::None => AbstractHeapType::None,
        Heap::Exn | Heap::ConcreteExn(_) => AbstractHeapType::Exn,
        Heap::NoExn => AbstractHeapType::NoExn,
        Heap::Cont | Heap::ConcreteCont(_) => AbstractHeapType::Cont,
        Heap::NoCont => AbstractHeapType::NoCont,
    }
}

/// The other way round.
pub(crate) fn heap_of(ty: AbstractHeapType) -> Heap {
    match ty {
        AbstractHeapType::Extern => Heap::Extern,
        AbstractHeapType::NoExtern => Heap::NoExtern,
        AbstractHeapType::Func => Heap::Func,
        AbstractHeapType::NoFunc => Heap::NoFunc,
        AbstractHeapType::Any => Heap::Any,
        AbstractHeapType::Eq => Heap::Eq,
        AbstractHeapType::I31 => Heap::I31,
        AbstractHeapType::Array => Heap::Array,
        AbstractHeapType::Struct => Heap::Struct,
        AbstractHeapType::None => Heap::None,
        AbstractHeapType::Exn => Heap::Exn,
        AbstractHeapType::NoExn => Heap::NoExn,
        AbstractHeapType::Cont => Heap::Cont,
        AbstractHeapType::NoCont => Heap::NoCont,
    }
}
