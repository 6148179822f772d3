//! A description of a module or a component, as JSON. Written as it is found, so that its cost follows the size of the
//! bytes and never what they claim.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter, Write};
use std::ops::Range;

use wasmparser::{
    BinaryReader, ComponentExternalKind, ComponentName, Encoding, ExternalKind, KnownCustom, Name, NameMap, Payload,
    TypeRef,
};

use super::Bounded;
use super::binary::{malformed, outermost};
use crate::error::Result;
use crate::types::{Groups, Names};

/// The description of `wasm`.
pub(crate) fn json(wasm: &[u8]) -> Result<String> {
    let mut found = Found::default();
    outermost(wasm, |payload| found.add(payload).map_err(malformed))?;
    let mut text = Bounded::new(wasm.len());
    match found.write(&mut text, wasm.len()) {
        Ok(()) => Ok(text.text),
        Err(fmt::Error) => Err(text.too_long()),
    }
}

/// What was read, borrowed from the bytes where it is text.
#[derive(Default)]
struct Found<'a> {
    is_component: bool,
    types: Groups,
    imports: Vec<(&'a str, &'a str, TypeRef)>,
    exports: Vec<(&'a str, ExternalKind, u32)>,
    /// Imported ones first, as in the numbering of WebAssembly; likewise below.
    funcs: Vec<TypeRef>,
    tables: Vec<TypeRef>,
    memories: Vec<TypeRef>,
    globals: Vec<TypeRef>,
    tags: Vec<TypeRef>,
    /// The number of imported functions, tables, memories, globals and tags.
    imported: [usize; 5],
    /// The sizes of the functions that are not imported.
    sizes: Vec<usize>,
    start: Option<u32>,
    data_segments: u32,
    elem_segments: u32,
    component_imports: Vec<(&'a str, ComponentExternalKind)>,
    component_exports: Vec<(&'a str, ComponentExternalKind)>,
    modules: usize,
    components: usize,
    custom: Vec<(&'a str, Range<usize>)>,
    name: Option<&'a str>,
    /// Names of functions, tables, memories, globals and tags.
    names: [HashMap<u32, &'a str>; 5],
    producers: Vec<(&'a str, Vec<(&'a str, &'a str)>)>,
    features: Vec<&'a str>,
}

type Read<T = ()> = std::result::Result<T, wasmparser::BinaryReaderError>;

impl<'a> Found<'a> {
    fn add(&mut self, payload: Payload<'a>) -> Read {
        match payload {
            Payload::Version { encoding, .. } => self.is_component = encoding == Encoding::Component,
            Payload::TypeSection(section) => {
                for group in section {
                    self.types.push(group?.into_types());
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    self.imports.push((import.module, import.name, import.ty));
                    self.imported[kind(import.ty)] += 1;
                    self.space(import.ty).push(import.ty);
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.funcs.push(TypeRef::Func(ty?));
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.tables.push(TypeRef::Table(table?.ty));
                }
            }
            Payload::MemorySection(section) => {
                for ty in section {
                    self.memories.push(TypeRef::Memory(ty?));
                }
            }
            Payload::TagSection(section) => {
                for ty in section {
                    self.tags.push(TypeRef::Tag(ty?));
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    self.globals.push(TypeRef::Global(global?.ty));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.exports.push((export.name, export.kind, export.index));
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => self.elem_segments = section.count(),
            Payload::DataSection(section) => self.data_segments = section.count(),
            Payload::CodeSectionEntry(body) => self.sizes.push(body.range().len()),
            Payload::ModuleSection { .. } => self.modules += 1,
            Payload::ComponentSection { .. } => self.components += 1,
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import?;
                    self.component_imports.push((import.name.name, import.ty.kind()));
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.component_exports.push((export.name.name, export.kind));
                }
            }
            Payload::CustomSection(section) => {
                let start = section.data_offset();
                self.custom.push((section.name(), start..start + section.data().len()));
                // A custom section that cannot be read is no error of the module: what was read before stays.
                let _ = self.add_custom(section.as_known());
                if section.name() == "target_features" {
                    let _ = self.add_features(section.data_reader());
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The numbering that an item belongs to.
    fn space(&mut self, ty: TypeRef) -> &mut Vec<TypeRef> {
        match ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => &mut self.funcs,
            TypeRef::Table(_) => &mut self.tables,
            TypeRef::Memory(_) => &mut self.memories,
            TypeRef::Global(_) => &mut self.globals,
            TypeRef::Tag(_) => &mut self.tags,
        }
    }

    fn add_custom(&mut self, section: KnownCustom<'a>) -> Read {
        match section {
            KnownCustom::Name(section) => {
                for part in section {
                    match part? {
                        Name::Module { name, .. } => self.name = Some(name),
                        Name::Function(names) => self.add_names(0, names)?,
                        Name::Table(names) => self.add_names(1, names)?,
                        Name::Memory(names) => self.add_names(2, names)?,
                        Name::Global(names) => self.add_names(3, names)?,
                        Name::Tag(names) => self.add_names(4, names)?,
                        _ => {}
                    }
                }
            }
            KnownCustom::ComponentName(section) => {
                for part in section {
                    if let ComponentName::Component { name, .. } = part? {
                        self.name = Some(name);
                    }
                }
            }
            KnownCustom::Producers(section) => {
                for field in section {
                    let field = field?;
                    let values: Read<Vec<_>> =
                        field.values.into_iter().map(|value| value.map(|value| (value.name, value.version))).collect();
                    self.producers.push((field.name, values?));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn add_names(&mut self, kind: usize, names: NameMap<'a>) -> Read {
        for naming in names {
            let naming = naming?;
            self.names[kind].insert(naming.index, naming.name);
        }
        Ok(())
    }

    /// A list of names, each after a sign: `+` for a feature in use.
    fn add_features(&mut self, mut section: BinaryReader<'a>) -> Read {
        for _ in 0..section.read_var_u32()? {
            let sign = section.read_u8()?;
            let name = section.read_string()?;
            if sign == b'+' {
                self.features.push(name);
            }
        }
        Ok(())
    }

    fn write(&self, out: &mut Bounded, size: usize) -> fmt::Result {
        let kind = if self.is_component { "component" } else { "module" };
        write!(out, r#"{{"kind":"{kind}","name":{},"size":{size}"#, Maybe(self.name))?;
        if self.is_component {
            for (word, items) in [("imports", &self.component_imports), ("exports", &self.component_exports)] {
                list(out, word, items.iter(), |out, (name, kind)| {
                    write!(out, r#"{{"name":{},"kind":"{}"}}"#, Quoted(name), component_word(*kind))
                })?;
            }
            write!(out, r#","modules":{},"components":{}"#, self.modules, self.components)?;
        } else {
            self.write_module(out)?;
        }
        list(out, "custom_sections", self.custom.iter(), |out, (name, range)| {
            let (offset, size) = (range.start, range.len());
            write!(out, r#"{{"name":{},"offset":{offset},"size":{size}}}"#, Quoted(name))
        })?;
        write!(out, r#","producers":{}}}"#, self.producers())
    }

    fn write_module(&self, out: &mut Bounded) -> fmt::Result {
        list(out, "types", self.types.texts(), |out, text| write!(out, "{}", Quoted(&text)))?;
        list(out, "imports", self.imports.iter(), |out, (module, name, ty)| {
            let (module, name, kind) = (Quoted(module), Quoted(name), kind(*ty));
            write!(out, r#"{{"module":{module},"name":{name},"kind":"{}","type":{}}}"#, WORDS[kind], self.wat(*ty))
        })?;
        list(out, "exports", self.exports.iter(), |out, (name, kind, index)| {
            let (word, space) = match kind {
                ExternalKind::Func | ExternalKind::FuncExact => ("func", &self.funcs),
                ExternalKind::Table => ("table", &self.tables),
                ExternalKind::Memory => ("memory", &self.memories),
                ExternalKind::Global => ("global", &self.globals),
                ExternalKind::Tag => ("tag", &self.tags),
            };
            let ty = Maybe(space.get(*index as usize).and_then(|ty| self.wat(*ty).0));
            write!(out, r#"{{"name":{},"kind":"{word}","index":{index},"type":{ty}}}"#, Quoted(name))
        })?;
        let imported = self.imported[0];
        list(out, "functions", self.funcs.iter().enumerate(), |out, (index, ty)| {
            self.write_item(out, 0, index, *ty)?;
            match index.checked_sub(imported).and_then(|index| self.sizes.get(index)) {
                Some(size) => write!(out, r#","size":{size}}}"#),
                None => out.write_str(r#","size":null}"#),
            }
        })?;
        let others = [("tables", &self.tables), ("memories", &self.memories), ("globals", &self.globals)];
        for (kind, (word, items)) in (1..).zip(others.into_iter().chain([("tags", &self.tags)])) {
            list(out, word, items.iter().enumerate(), |out, (index, ty)| {
                self.write_item(out, kind, index, *ty)?;
                out.write_str("}")
            })?;
        }
        let start = self.start.map_or("null".to_owned(), |start| start.to_string());
        let (data, elem) = (self.data_segments, self.elem_segments);
        write!(out, r#","start":{start},"data_segments":{data},"elem_segments":{elem}"#)?;
        list(out, "features", self.features.iter(), |out, name| write!(out, "{}", Quoted(name)))
    }

    /// Writes what all items have in common, and leaves the object open.
    fn write_item(&self, out: &mut Bounded, kind: usize, index: usize, ty: TypeRef) -> fmt::Result {
        let name = u32::try_from(index).ok().and_then(|index| self.names[kind].get(&index).copied());
        let imported = index < self.imported[kind];
        let (name, ty) = (Maybe(name), self.wat(ty));
        write!(out, r#"{{"index":{index},"name":{name},"type":{ty},"imported":{imported}"#)
    }

    fn wat(&self, ty: TypeRef) -> Maybe<String> {
        Maybe(self.types.item(ty).map(|item| Names(&[]).show(&item).to_string()))
    }

    /// `{"language": {"Rust": "1.95"}}`; of values with the same name the last one.
    fn producers(&self) -> serde_json::Value {
        let mut fields = serde_json::Map::new();
        for (field, values) in &self.producers {
            let values = values.iter().map(|(name, version)| ((*name).to_owned(), (*version).into())).collect();
            fields.insert((*field).to_owned(), serde_json::Value::Object(values));
        }
        serde_json::Value::Object(fields)
    }
}

const WORDS: [&str; 5] = ["func", "table", "memory", "global", "tag"];

fn kind(ty: TypeRef) -> usize {
    match ty {
        TypeRef::Func(_) | TypeRef::FuncExact(_) => 0,
        TypeRef::Table(_) => 1,
        TypeRef::Memory(_) => 2,
        TypeRef::Global(_) => 3,
        TypeRef::Tag(_) => 4,
    }
}

fn component_word(kind: ComponentExternalKind) -> &'static str {
    match kind {
        ComponentExternalKind::Module => "module",
        ComponentExternalKind::Func => "func",
        ComponentExternalKind::Value => "value",
        ComponentExternalKind::Type => "type",
        ComponentExternalKind::Instance => "instance",
        ComponentExternalKind::Component => "component",
    }
}

/// Writes a member that is a list.
fn list<T>(
    out: &mut Bounded,
    name: &str,
    items: impl Iterator<Item = T>,
    each: impl Fn(&mut Bounded, T) -> fmt::Result,
) -> fmt::Result {
    write!(out, r#","{name}":["#)?;
    for (position, item) in items.enumerate() {
        if position > 0 {
            out.write_str(",")?;
        }
        each(out, item)?;
    }
    out.write_str("]")
}

/// A text as JSON.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", serde_json::Value::from(self.0))
    }
}

/// A text as JSON, or null.
struct Maybe<T>(Option<T>);

impl<T: AsRef<str>> Display for Maybe<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(text) => Quoted(text.as_ref()).fmt(f),
            None => f.write_str("null"),
        }
    }
}
