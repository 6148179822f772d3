//! What can be said of WebAssembly bytes without validating them.

use std::ops::Range;

use wasmparser::{
    BinaryReader, BinaryReaderError, ComponentAlias, ComponentExternName, ComponentImport, ComponentType,
    ComponentTypeRef, ComponentTypeSectionReader, ConstExpr, CoreType, DataKind, ElementItems, ElementKind, Parser,
    Payload, TableInit, Validator, WasmFeatures,
};

use crate::error::{Failure, Result, WRT_ERR_PARSE, WRT_ERR_VALIDATE};

/// How deep the types of a component may be nested. Real ones go to 4 or 5.
const MAX_NESTING: usize = 100;

/// A failure with the offset that an error is about.
pub(crate) fn failure(status: i32, error: &BinaryReaderError) -> Failure {
    let message = error.message().replace('\n', ": ");
    Failure::new(status, format_args!("{message} (at offset {:#x})", error.offset()))
}

pub(crate) fn malformed(error: BinaryReaderError) -> Failure {
    failure(WRT_ERR_PARSE, &error)
}

/// Calls `each` with the parts of the outermost module or component, and not with those of what it contains.
pub(crate) fn outermost<'a>(wasm: &'a [u8], mut each: impl FnMut(Payload<'a>) -> Result<()>) -> Result<()> {
    let mut depth = 0usize;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(malformed)?;
        let (enters, leaves) = match &payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => (1, 0),
            Payload::End(_) => (0, usize::from(depth > 0)),
            _ => (0, 0),
        };
        if depth == 0 {
            each(payload)?;
        }
        depth = depth + enters - leaves;
    }
    Ok(())
}

/// The custom sections: name, and where in `wasm` the contents are.
pub(crate) fn custom_sections(wasm: &[u8]) -> Result<Vec<(String, Range<usize>)>> {
    let mut found = Vec::new();
    outermost(wasm, |payload| {
        if let Payload::CustomSection(section) = payload {
            let start = section.data_offset();
            found.push((section.name().to_owned(), start..start + section.data().len()));
        }
        Ok(())
    })?;
    Ok(found)
}

/// Why `wasm` is no valid module or component with these features: `WRT_ERR_PARSE` when it cannot even be decoded,
/// `WRT_ERR_VALIDATE` otherwise. None when it is valid.
pub(crate) fn classify(wasm: &[u8], features: WasmFeatures) -> Option<Failure> {
    if let Err(failure) = check_nesting(wasm) {
        return Some(failure);
    }
    let error = Validator::new_with_features(features).validate_all(wasm).err()?;
    Some(match decode(wasm) {
        Err(error) => malformed(error),
        Ok(()) => failure(WRT_ERR_VALIDATE, &error),
    })
}

/// Reads everything once.
fn decode(wasm: &[u8]) -> Result<(), BinaryReaderError> {
    fn all<'a, T: wasmparser::FromReader<'a>>(
        section: wasmparser::SectionLimited<'a, T>,
        each: impl Fn(T) -> Result<(), BinaryReaderError>,
    ) -> Result<(), BinaryReaderError> {
        section.into_iter().try_for_each(|entry| each(entry?))
    }
    fn expression(expression: &ConstExpr<'_>) -> Result<(), BinaryReaderError> {
        expression.get_operators_reader().into_iter().try_for_each(|operator| operator.map(drop))
    }
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::TypeSection(section) => all(section, |_| Ok(()))?,
            Payload::ImportSection(section) => section.into_imports().try_for_each(|import| import.map(drop))?,
            Payload::FunctionSection(section) => all(section, |_| Ok(()))?,
            Payload::MemorySection(section) => all(section, |_| Ok(()))?,
            Payload::TagSection(section) => all(section, |_| Ok(()))?,
            Payload::ExportSection(section) => all(section, |_| Ok(()))?,
            Payload::GlobalSection(section) => all(section, |global| expression(&global.init_expr))?,
            Payload::TableSection(section) => all(section, |table| match &table.init {
                TableInit::Expr(init) => expression(init),
                TableInit::RefNull => Ok(()),
            })?,
            Payload::DataSection(section) => all(section, |data| match &data.kind {
                DataKind::Active { offset_expr, .. } => expression(offset_expr),
                DataKind::Passive => Ok(()),
            })?,
            Payload::ElementSection(section) => all(section, |element| {
                if let ElementKind::Active { offset_expr, .. } = &element.kind {
                    expression(offset_expr)?;
                }
                match element.items {
                    ElementItems::Functions(items) => all(items, |_| Ok(())),
                    ElementItems::Expressions(_, items) => all(items, |item| expression(&item)),
                }
            })?,
            Payload::CodeSectionEntry(body) => {
                body.get_locals_reader()?.into_iter().try_for_each(|local| local.map(drop))?;
                body.get_operators_reader()?.into_iter().try_for_each(|operator| operator.map(drop))?;
            }
            Payload::InstanceSection(section) => all(section, |_| Ok(()))?,
            Payload::CoreTypeSection(section) => all(section, |_| Ok(()))?,
            Payload::ComponentInstanceSection(section) => all(section, |_| Ok(()))?,
            Payload::ComponentAliasSection(section) => all(section, |_| Ok(()))?,
            Payload::ComponentTypeSection(section) => all(section, |_| Ok(()))?,
            Payload::ComponentCanonicalSection(section) => all(section, |_| Ok(()))?,
            Payload::ComponentImportSection(section) => all(section, |_| Ok(()))?,
            Payload::ComponentExportSection(section) => all(section, |_| Ok(()))?,
            _ => {}
        }
    }
    Ok(())
}

/// Refuses component types that are nested so deep that readers of them, which recurse, would run out of stack.
pub(crate) fn check_nesting(wasm: &[u8]) -> Result<()> {
    for payload in Parser::new(0).parse_all(wasm) {
        match payload {
            Ok(Payload::ComponentTypeSection(section)) => check_types(wasm, &section)?,
            // Whoever reads the bytes next finds the error, too.
            Err(_) => break,
            Ok(_) => {}
        }
    }
    Ok(())
}

fn check_types(wasm: &[u8], section: &ComponentTypeSectionReader<'_>) -> Result<()> {
    let range = section.range();
    let Some(contents) = wasm.get(range.clone()) else { return Ok(()) };
    let mut reader = BinaryReader::new(contents, range.start);
    match walk(&mut reader) {
        Ok(Some(offset)) => Err(Failure::new(
            WRT_ERR_VALIDATE,
            format_args!("types are nested more than {MAX_NESTING} deep (at offset {offset:#x})"),
        )),
        Ok(None) | Err(_) => Ok(()),
    }
}

/// Where the types of a section are nested too deep. Everything else about them is left to the true reader.
fn walk(reader: &mut BinaryReader<'_>) -> Result<Option<usize>, BinaryReaderError> {
    // What is left to read in each open list: of types in the section, of declarations in a type.
    let mut open = vec![(reader.read_var_u32()?, false)];
    while let Some((left, is_component)) = open.last_mut() {
        if *left == 0 {
            open.pop();
            continue;
        }
        *left -= 1;
        let is_component = *is_component;
        if open.len() > 1 && !enters_type(reader, is_component)? {
            continue;
        }
        match reader.clone().read_u8()? {
            kind @ (0x41 | 0x42) => {
                if open.len() > MAX_NESTING {
                    return Ok(Some(reader.original_position()));
                }
                reader.read_u8()?;
                open.push((reader.read_var_u32()?, kind == 0x41));
            }
            _ => drop(reader.read::<ComponentType>()?),
        }
    }
    Ok(None)
}

/// Reads a declaration, or only its first byte when it declares a type.
fn enters_type(reader: &mut BinaryReader<'_>, in_component: bool) -> Result<bool, BinaryReaderError> {
    match reader.read_u8()? {
        0x00 => drop(reader.read::<CoreType>()?),
        0x01 => return Ok(true),
        0x02 => _ = reader.read::<ComponentAlias>()?,
        0x03 if in_component => drop(reader.read::<ComponentImport>()?),
        _ => {
            reader.read::<ComponentExternName>()?;
            reader.read::<ComponentTypeRef>()?;
        }
    }
    Ok(false)
}
