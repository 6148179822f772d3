//! Types out of WAT text.

use wasmparser::{Parser, Payload, TypeRef};
use wasmtime::{Engine, ExternType, FuncType, MemoryTypeBuilder, Mutability, TableType, TagType};
use wast::core::{
    GlobalType, HeapType, Imports, ItemKind, ItemSig, Module, ModuleField, ModuleKind, Rec, RefType, Type, ValType,
};
use wast::parser::{self, Parse, ParseBuffer};
use wast::{
    kw,
    token::{Index, LParen, Span},
};

use super::known;
use super::write::{Groups, Item, Signature, Texts};
#[cfg(not(feature = "compiler"))]
use crate::absent::Compile;
use crate::error::{Failure, Result, WRT_ERR_PARSE, WRT_ERR_VALIDATE};
use crate::text;

/// What the text of a type holds: definitions, and the item after them as the one import of a module. A value type is
/// imported as that of a constant global.
struct Source<'a> {
    fields: Vec<ModuleField<'a>>,
    is_value: bool,
}

impl<'a> Parse<'a> for Source<'a> {
    fn parse(parser: parser::Parser<'a>) -> parser::Result<Self> {
        let (mut fields, mut types) = (Vec::new(), 0);
        loop {
            if parser.peek2::<kw::r#type>()? {
                fields.push(ModuleField::Type(parser.parens(|parser| parser.parse::<Type>())?));
                types += 1;
            } else if parser.peek2::<kw::rec>()? {
                let group = parser.parens(|parser| parser.parse::<Rec>())?;
                types += group.types.len() as u32;
                fields.push(ModuleField::Rec(group));
            } else {
                break;
            }
        }
        let span = parser.cur_span();
        let value = value_type(parser, &mut fields, types)?;
        let is_value = value.is_some();
        let item = match value {
            Some(ty) => {
                let kind = ItemKind::Global(GlobalType { ty, mutable: false, shared: false });
                ItemSig { span, id: None, name: None, kind }
            }
            None if parser.peek::<LParen>()? => parser.parens(|parser| parser.parse())?,
            None => {
                let message = "expected a type: (func ...), (memory ...), (table ...), (global ...), (tag ...), or that of \
                               a value, such as i32, (ref any), (struct ...) or (array ...)";
                return Err(parser.error(message));
            }
        };
        if !parser.is_empty() {
            return Err(parser.error("expected the end: a type is one item, after the definitions it needs"));
        }
        fields.push(ModuleField::Import(Imports::single(span, "", "", item)));
        Ok(Source { fields, is_value })
    }
}

/// A value type, or a definition that stands for references to it: it comes after `types` others in `fields`.
fn value_type<'a>(
    parser: parser::Parser<'a>,
    fields: &mut Vec<ModuleField<'a>>,
    types: u32,
) -> parser::Result<Option<ValType<'a>>> {
    if parser.peek::<ValType>()? {
        return parser.parse().map(Some);
    }
    if parser.peek2::<kw::r#struct>()? || parser.peek2::<kw::array>()? || parser.peek2::<kw::sub>()? {
        let span = parser.cur_span();
        let def = parser.parens(|parser| parser.parse())?;
        fields.push(ModuleField::Type(Type { span, id: None, name: None, def }));
        let heap = HeapType::Concrete(Index::Num(types, span));
        return Ok(Some(ValType::Ref(RefType { nullable: false, heap })));
    }
    Ok(None)
}

/// Reads one type, says whether it is that of a value, and writes it as it is to be written.
pub(crate) fn read(engine: &Engine, source: &str) -> Result<(ExternType, bool, String)> {
    let (binary, is_value) = translate(source).map_err(|error| text::located(None, source, &error))?;
    wasmtime::Module::validate(engine, &binary).map_err(|error| invalid(&error))?;
    let (groups, imported) = take_apart(&binary)?;
    let item = imported.and_then(|ty| groups.item(ty)).ok_or_else(no_item)?;
    let ty = match plain(engine, &item) {
        Some(ty) => ty?,
        None => compiled(engine, &binary)?,
    };
    let item = if is_value { item.value() } else { item };
    Ok((ty, is_value, Texts::new(&groups, &[item]).join()))
}

/// The text as a module with one import, and whether that stands for a value type.
fn translate(source: &str) -> std::result::Result<(Vec<u8>, bool), wast::Error> {
    let buffer = ParseBuffer::new(source)?;
    let Source { fields, is_value } = parser::parse(&buffer)?;
    let span = Span::from_offset(0);
    Ok((Module { span, id: None, name: None, kind: ModuleKind::Text(fields) }.encode()?, is_value))
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
            ExternType::Global(wasmtime::GlobalType::new(plain_value(&ty.content_type)?, mutability))
        }
        Item::Value(ty) => ExternType::Global(wasmtime::GlobalType::new(plain_value(ty)?, Mutability::Const)),
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
        wasmparser::HeapType::Abstract { shared: false, ty: heap } => {
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
