//! Types as WAT text.
//!
//! Wherever a type comes from, it is first described in wasmparser's terms, where a reference to a defined type is a
//! number; one writer serves them all. Defined types are called `$t0`, `$t1` and so on.

use std::fmt::{Display, Formatter, Result};

use wasmparser::{
    CompositeInnerType, FieldType, FuncType, GlobalType, HeapType, MemoryType, PackedIndex, RefType, StorageType,
    SubType, TableType, TypeRef, UnpackedIndex, ValType,
};

/// What can be imported or exported.
#[derive(Clone, Copy)]
pub(crate) enum Item<'a> {
    Func(Signature<'a>),
    Table(TableType),
    Memory(MemoryType),
    Global(GlobalType),
    Tag(Signature<'a>),
    Value(ValType),
}

impl Item<'_> {
    /// The type of a value, as which a constant global stands.
    pub fn value(self) -> Self {
        match self {
            Item::Global(ty) => Item::Value(ty.content_type),
            other => other,
        }
    }
}

/// The type of a function or a tag.
#[derive(Clone, Copy)]
pub(crate) enum Signature<'a> {
    /// Only its definition tells it.
    Defined(u32),
    /// Its parameters and results tell it.
    Inline(&'a FuncType),
}

impl<'a> Signature<'a> {
    /// The signature with number `index`, defined as `ty` in a group of `group_size`. None where `ty` is no function type.
    fn new(index: u32, ty: &'a SubType, group_size: u32) -> Option<Signature<'a>> {
        let CompositeInnerType::Func(func) = &ty.composite_type.inner else { return None };
        let plain = ty.is_final && ty.supertype_idx.is_none() && !ty.composite_type.shared && group_size == 1;
        let inline = plain && !values(func).any(|ty| defined(ty) == Some(index));
        Some(if inline { Signature::Inline(func) } else { Signature::Defined(index) })
    }
}

/// The defined types of a module, numbered from 0, in their recursion groups.
#[derive(Default)]
pub(crate) struct Groups {
    types: Vec<SubType>,
    /// Where the group of each type begins and ends.
    bounds: Vec<(u32, u32)>,
}

impl Groups {
    pub fn push(&mut self, group: impl IntoIterator<Item = SubType>) {
        let first = self.types.len();
        self.types.extend(group);
        let bounds = (first as u32, self.types.len() as u32);
        self.bounds.resize(self.types.len(), bounds);
    }

    fn group(&self, first: u32) -> Option<&[SubType]> {
        let (first, end) = self.bounds.get(first as usize)?;
        self.types.get(*first as usize..*end as usize)
    }

    pub fn signature(&self, index: u32) -> Option<Signature<'_>> {
        let (first, end) = self.bounds.get(index as usize)?;
        Signature::new(index, self.types.get(index as usize)?, end - first)
    }

    /// What is imported or exported as `ty`. None where that is the number of no function type.
    pub fn item(&self, ty: TypeRef) -> Option<Item<'_>> {
        Some(match ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => Item::Func(self.signature(index)?),
            TypeRef::Tag(ty) => Item::Tag(self.signature(ty.func_type_idx)?),
            TypeRef::Table(ty) => Item::Table(ty),
            TypeRef::Memory(ty) => Item::Memory(ty),
            TypeRef::Global(ty) => Item::Global(ty),
        })
    }

    /// All definitions as text, under their own numbers; none where every type is a function type that items tell.
    pub fn texts(&self) -> impl Iterator<Item = String> + '_ {
        let mut numbers = 0..self.types.len() as u32;
        let needless = numbers.all(|index| matches!(self.signature(index), Some(Signature::Inline(_))));
        let all = self.bounds.chunk_by(|a, b| a == b).filter_map(move |bounds| {
            let (first, _) = bounds.first()?;
            Some(Names(&[]).group(*first, self.group(*first)?))
        });
        all.filter(move |_| !needless)
    }
}

/// The parameters and the results.
fn values(func: &FuncType) -> impl Iterator<Item = &ValType> {
    func.params().iter().chain(func.results())
}

/// The number of the defined type that a value type names.
fn defined(ty: &ValType) -> Option<u32> {
    ty.as_reference_type()?.type_index()?.as_module_index()
}

/// The numbers of the defined types that a definition names.
fn named_by_type(ty: &SubType) -> Vec<u32> {
    let field = |field: &FieldType| match &field.element_type {
        StorageType::Val(ty) => defined(ty),
        StorageType::I8 | StorageType::I16 => None,
    };
    let mut found: Vec<u32> = ty.supertype_idx.iter().filter_map(PackedIndex::as_module_index).collect();
    match &ty.composite_type.inner {
        CompositeInnerType::Func(func) => found.extend(values(func).filter_map(defined)),
        CompositeInnerType::Array(array) => found.extend(field(&array.0)),
        CompositeInnerType::Struct(fields) => found.extend(fields.fields.iter().filter_map(field)),
        CompositeInnerType::Cont(cont) => found.extend(cont.0.as_module_index()),
    }
    found
}

/// The numbers of the defined types that an item names.
fn named_by_item(item: &Item<'_>) -> Vec<u32> {
    match item {
        Item::Func(Signature::Defined(index)) | Item::Tag(Signature::Defined(index)) => vec![*index],
        Item::Func(Signature::Inline(func)) | Item::Tag(Signature::Inline(func)) => {
            values(func).filter_map(defined).collect()
        }
        Item::Table(table) => defined(&ValType::Ref(table.element_type)).into_iter().collect(),
        Item::Global(global) => defined(&global.content_type).into_iter().collect(),
        Item::Value(ty) => defined(ty).into_iter().collect(),
        Item::Memory(_) => Vec::new(),
    }
}

/// Items and the definitions they need, as text.
pub(crate) struct Texts {
    /// Each one is a type or a recursion group; together, in this order, they may stand before any of the items.
    pub definitions: Vec<String>,
    pub items: Vec<String>,
}

impl Texts {
    /// Writes `items`, and what they need of `groups`. Groups refer to themselves and to earlier ones.
    pub fn new(groups: &Groups, items: &[Item<'_>]) -> Texts {
        let mut needed = vec![false; groups.types.len()];
        for index in items.iter().flat_map(named_by_item) {
            needed[index as usize] = true;
        }
        for group in groups.bounds.chunk_by(|a, b| a == b).rev() {
            let Some((first, end)) = group.first() else { continue };
            let members = *first as usize..*end as usize;
            if needed[members.clone()].contains(&true) {
                needed[members.clone()].fill(true);
                for index in groups.types[members].iter().flat_map(named_by_type) {
                    needed[index as usize] = true;
                }
            }
        }
        let mut names = Vec::with_capacity(needed.len());
        let mut count = 0;
        for needed in &needed {
            names.push(count);
            count += u32::from(*needed);
        }
        let names = Names(&names);
        let firsts = groups.bounds.chunk_by(|a, b| a == b).filter_map(|group| Some(group.first()?.0));
        let definitions = firsts
            .filter(|first| needed[*first as usize])
            .filter_map(|first| Some(names.group(first, groups.group(first)?)))
            .collect();
        Texts { definitions, items: items.iter().map(|item| names.show(item).to_string()).collect() }
    }

    /// The definitions and the items in one text.
    pub fn join(mut self) -> String {
        self.definitions.append(&mut self.items);
        self.definitions.join(" ")
    }
}

/// How the defined types are called: by the number at their own number, or by their own number past the end.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a>(pub &'a [u32]);

impl<'a> Names<'a> {
    fn number(self, index: u32) -> u32 {
        self.0.get(index as usize).copied().unwrap_or(index)
    }

    pub fn show<T>(self, of: &'a T) -> Wat<'a, T> {
        Wat(of, self)
    }

    /// The text of one definition, or of a recursion group, whose types have the numbers from `first`.
    pub fn group(self, first: u32, types: &[SubType]) -> String {
        let each: Vec<String> = (first..)
            .zip(types)
            .map(|(index, ty)| format!("(type $t{} {})", self.number(index), Wat(ty, self)))
            .collect();
        if types.len() == 1 { each.concat() } else { format!("(rec {})", each.join(" ")) }
    }
}

/// Shows a type as WAT.
pub(crate) struct Wat<'a, T>(&'a T, Names<'a>);

impl Display for Wat<'_, PackedIndex> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0.unpack() {
            UnpackedIndex::Module(index) | UnpackedIndex::RecGroup(index) => write!(f, "$t{}", self.1.number(index)),
            // Only a validator makes these.
            UnpackedIndex::Id(_) => f.write_str("$unknown"),
        }
    }
}

impl Display for Wat<'_, RefType> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let null = if self.0.is_nullable() { "null " } else { "" };
        match (self.0.heap_type(), self.0.type_index()) {
            (HeapType::Exact(_), Some(index)) => write!(f, "(ref {null}(exact {}))", Wat(&index, self.1)),
            (HeapType::Concrete(_), Some(index)) => write!(f, "(ref {null}{})", Wat(&index, self.1)),
            _ => self.0.fmt(f),
        }
    }
}

impl Display for Wat<'_, ValType> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            ValType::Ref(ty) => Wat(ty, self.1).fmt(f),
            other => other.fmt(f),
        }
    }
}

impl Display for Wat<'_, FieldType> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (before, after) = if self.0.mutable { ("(mut ", ")") } else { ("", "") };
        match &self.0.element_type {
            StorageType::I8 => write!(f, "{before}i8{after}"),
            StorageType::I16 => write!(f, "{before}i16{after}"),
            StorageType::Val(ty) => write!(f, "{before}{}{after}", Wat(ty, self.1)),
        }
    }
}

/// The parameters and results, each with a space before it.
impl Display for Wat<'_, FuncType> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (word, values) in [("param", self.0.params()), ("result", self.0.results())] {
            if values.is_empty() {
                continue;
            }
            write!(f, " ({word}")?;
            for ty in values {
                write!(f, " {}", Wat(ty, self.1))?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl Display for Wat<'_, SubType> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let sub = !self.0.is_final || self.0.supertype_idx.is_some();
        if sub {
            f.write_str(if self.0.is_final { "(sub final " } else { "(sub " })?;
        }
        if let Some(index) = self.0.supertype_idx {
            write!(f, "{} ", Wat(&index, self.1))?;
        }
        if self.0.composite_type.shared {
            f.write_str("(shared ")?;
        }
        match &self.0.composite_type.inner {
            CompositeInnerType::Func(func) => write!(f, "(func{})", Wat(func, self.1))?,
            CompositeInnerType::Array(array) => write!(f, "(array {})", Wat(&array.0, self.1))?,
            CompositeInnerType::Struct(fields) => {
                f.write_str("(struct")?;
                for field in &fields.fields {
                    write!(f, " (field {})", Wat(field, self.1))?;
                }
                f.write_str(")")?;
            }
            CompositeInnerType::Cont(cont) => write!(f, "(cont {})", Wat(&cont.0, self.1))?,
        }
        f.write_str(if self.0.composite_type.shared { ")" } else { "" })?;
        f.write_str(if sub { ")" } else { "" })
    }
}

impl Display for Wat<'_, Signature<'_>> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Signature::Defined(index) => write!(f, " (type $t{})", self.1.number(*index)),
            Signature::Inline(func) => Wat(*func, self.1).fmt(f),
        }
    }
}

/// Limits and sharedness as memories and tables write them.
struct Limits {
    is_64: bool,
    min: u64,
    max: Option<u64>,
    shared: bool,
}

impl Display for Limits {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(if self.is_64 { " i64" } else { "" })?;
        write!(f, " {}", self.min)?;
        if let Some(max) = self.max {
            write!(f, " {max}")?;
        }
        f.write_str(if self.shared { " shared" } else { "" })
    }
}

impl Display for Wat<'_, Item<'_>> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Item::Func(signature) => write!(f, "(func{})", Wat(signature, self.1)),
            Item::Tag(signature) => write!(f, "(tag{})", Wat(signature, self.1)),
            Item::Value(ty) => Wat(ty, self.1).fmt(f),
            Item::Memory(ty) => {
                let limits = Limits { is_64: ty.memory64, min: ty.initial, max: ty.maximum, shared: ty.shared };
                write!(f, "(memory{limits}")?;
                if ty.page_size_log2() != 16 {
                    write!(f, " (pagesize {})", 1u64.checked_shl(ty.page_size_log2()).unwrap_or(0))?;
                }
                f.write_str(")")
            }
            Item::Table(ty) => {
                let limits = Limits { is_64: ty.table64, min: ty.initial, max: ty.maximum, shared: false };
                let shared = if ty.shared { " shared" } else { "" };
                write!(f, "(table{shared}{limits} {})", Wat(&ty.element_type, self.1))
            }
            Item::Global(ty) => {
                let content = Wat(&ty.content_type, self.1);
                match (ty.shared, ty.mutable) {
                    (false, false) => write!(f, "(global {content})"),
                    (false, true) => write!(f, "(global (mut {content}))"),
                    (true, false) => write!(f, "(global (shared {content}))"),
                    (true, true) => write!(f, "(global (shared mut {content}))"),
                }
            }
        }
    }
}
