//! Types out of WAT text.

use wasmparser::{HeapType, Parser, Payload, TypeRef};
use wasmtime::{Engine, ExternType, FuncType, GlobalType, MemoryTypeBuilder, Mutability, TableType, TagType};
use wast::core::{Imports, ItemSig, Module, ModuleField, ModuleKind, Rec, Type};
use wast::parser::{self, Parse, ParseBuffer};
use wast::{kw, token::Span};

use super::known;
use super::write::{Groups, Item, Signature, Texts};
use crate::error::{Failure, Result, WRT_ERR_PARSE, WRT_ERR_VALIDATE};
use crate::text;

/// What the text of a type holds: definitions, and the item after them as the one import of a module.
struct Source<'a>(Vec<ModuleField<'a>>);

impl<'a> Parse<'a> for Source<'a> {
    fn parse(parser: parser::Parser<'a>) -> parser::Result<Self> {
        let mut fields = Vec::new();
        loop {
            if parser.peek2::<kw::r#type>()? {
                fields.push(ModuleField::Type(parser.parens(|parser| parser.parse::<Type>())?));
            } else if parser.peek2::<kw::rec>()? {
                fields.push(ModuleField::Rec(parser.parens(|parser| parser.parse::<Rec>())?));
            } else {
                break;
            }
        }
        let span = parser.cur_span();
        let item: ItemSig = parser.parens(|parser| parser.parse())?;
        if !parser.is_empty() {
            return Err(parser.error("expected the end: a type is one item, after the definitions it needs"));
        }
        fields.push(ModuleField::Import(Imports::single(span, "", "", item)));
        Ok(Source(fields))
    }
}

/// Reads one type, and writes it as it is to be written.
pub(crate) fn read(engine: &Engine, source: &str) -> Result<(ExternType, String)> {
    let binary = translate(source).map_err(|error| text::located(None, source, &error))?;
    wasmtime::Module::validate(engine, &binary).map_err(|error| invalid(&error))?;
    let (groups, imported) = take_apart(&binary)?;
    let item = imported.and_then(|ty| groups.item(ty)).ok_or_else(no_item)?;
    let ty = match plain(engine, &item) {
        Some(ty) => ty?,
        None => compiled(engine, &binary)?,
    };
    Ok((ty, Texts::new(&groups, &[item]).join()))
}

/// The text as a module with one import.
fn translate(source: &str) -> std::result::Result<Vec<u8>, wast::Error> {
    let buffer = ParseBuffer::new(source)?;
    let Source(fields) = parser::parse(&buffer)?;
    Module { span: Span::from_offset(0), id: None, name: None, kind: ModuleKind::Text(fields) }.encode()
}

/// Offsets in the module mean nothing to whoever wrote the text.
fn invalid(error: &wasmtime::Error) -> Failure {
    match error.downcast_ref::<wasmparser::BinaryReaderError>() {
        Some(error) => Failure::new(WRT_ERR_VALIDATE, format_args!("the type is invalid: {}", error.message())),
        None => Failure::new(WRT_ERR_VALIDATE, format_args!("the type is invalid: {error}")),
    }
}

/// The recursion groups and the import of a valid module.
fn take_apart(binary: &[u8]) -> Result<(Groups, Option<TypeRef>)> {
    let mut groups = Groups::default();
    let mut imported = None;
    for payload in Parser::new(0).parse_all(binary) {
        match payload.map_err(|error| invalid(&error.into()))? {
            Payload::TypeSection(section) => {
                for group in section {
                    groups.push(group.map_err(|error| invalid(&error.into()))?.into_types());
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported = Some(import.map_err(|error| invalid(&error.into()))?.ty);
                }
            }
            _ => {}
        }
    }
    Ok((groups, imported))
}

fn no_item() -> Failure {
    Failure::new(WRT_ERR_PARSE, "text is not the type of a function, table, memory, global or tag")
}

/// The type of an item without defined types, which needs no compiler.
fn plain(engine: &Engine, item: &Item<'_>) -> Option<Result<ExternType>> {
    Some(Ok(match item {
        Item::Func(signature) => ExternType::Func(plain_func(engine, signature)?),
        Item::Tag(signature) => ExternType::Tag(TagType::new(plain_func(engine, signature)?)),
        Item::Global(ty) => {
            let mutability = if ty.mutable { Mutability::Var } else { Mutability::Const };
            ExternType::Global(GlobalType::new(plain_value(&ty.content_type)?, mutability))
        }
        Item::Table(ty) => {
            let element = plain_reference(ty.element_type)?;
            // A valid table of 32 bits has no limits of more.
            let narrow = |limit: u64| u32::try_from(limit).unwrap_or(u32::MAX);
            ExternType::Table(match ty.table64 {
                true => TableType::new64(element, ty.initial, ty.maximum),
                false => TableType::new(element, narrow(ty.initial), ty.maximum.map(narrow)),
            })
        }
        Item::Memory(ty) => {
            let page_size_log2 = u8::try_from(ty.page_size_log2()).ok()?;
            let built = MemoryTypeBuilder::new()
                .min(ty.initial)
                .max(ty.maximum)
                .memory64(ty.memory64)
                .shared(ty.shared)
                .page_size_log2(page_size_log2)
                .build();
            match built {
                Ok(ty) => ExternType::Memory(ty),
                Err(error) => return Some(Err(invalid(&error))),
            }
        }
    }))
}

fn plain_func(engine: &Engine, signature: &Signature<'_>) -> Option<FuncType> {
    let Signature::Inline(func) = signature else { return None };
    let params: Option<Vec<_>> = func.params().iter().map(plain_value).collect();
    let results: Option<Vec<_>> = func.results().iter().map(plain_value).collect();
    Some(FuncType::new(engine, params?, results?))
}

fn plain_value(ty: &wasmparser::ValType) -> Option<wasmtime::ValType> {
    Some(match ty {
        wasmparser::ValType::I32 => wasmtime::ValType::I32,
        wasmparser::ValType::I64 => wasmtime::ValType::I64,
        wasmparser::ValType::F32 => wasmtime::ValType::F32,
        wasmparser::ValType::F64 => wasmtime::ValType::F64,
        wasmparser::ValType::V128 => wasmtime::ValType::V128,
        wasmparser::ValType::Ref(ty) => wasmtime::ValType::Ref(plain_reference(*ty)?),
    })
}

fn plain_reference(ty: wasmparser::RefType) -> Option<wasmtime::RefType> {
    match ty.heap_type() {
        HeapType::Abstract { shared: false, ty: heap } => {
            Some(wasmtime::RefType::new(ty.is_nullable(), known::heap_of(heap)))
        }
        _ => None,
    }
}

/// The type as Wasmtime understands it: only the compilation of a module brings defined types in all their forms.
fn compiled(engine: &Engine, binary: &[u8]) -> Result<ExternType> {
    let module = wasmtime::Module::from_binary(engine, binary).map_err(|error| {
        Failure::unsupported(format_args!("this engine cannot make types that refer to defined types: {error}"))
    })?;
    let ty = module.imports().next().map(|import| import.ty());
    ty.ok_or_else(no_item)
}
