//! The ABI as data: what `include/` and `julia/src/lib.jl` are printed from.
//!
//! cbindgen reads the source and resolves its types. It does not keep where an item stands, so that is looked up here:
//! one file is one section, in the order of `src/lib.rs`, and within a file the order is the source's.

use std::collections::HashMap;
use std::path::Path;

use cbindgen::ir::{self, Documentation, IntKind, ItemContainer, Literal, PrimitiveType};

use crate::source::{Place, Source};

pub struct Api {
    pub version: String,
    pub abi: (i64, i64),
    pub sections: Vec<Section>,
}

/// One noun: one file of `src/`.
#[derive(Default)]
pub struct Section {
    pub noun: String,
    /// The first paragraph of the file's own doc comment.
    pub doc: String,
    /// The whole of it.
    pub banner: String,
    pub groups: Vec<Group>,
    pub opaques: Vec<Opaque>,
    pub aliases: Vec<Alias>,
    pub callbacks: Vec<Callback>,
    pub structs: Vec<Struct>,
    pub functions: Vec<Function>,
}

/// Constants that stand together in the source.
pub struct Group {
    pub name: String,
    pub constants: Vec<Constant>,
}

pub struct Constant {
    pub name: String,
    /// What the source says: a lint wants a number.
    pub text: String,
    pub value: Option<i64>,
    pub ty: Type,
    pub doc: String,
    pub place: Place,
}

pub struct Opaque {
    pub name: String,
    pub doc: String,
    pub place: Place,
}

/// Another name of an opaque type or of an integer.
pub struct Alias {
    pub name: String,
    pub of: Type,
    pub doc: String,
    pub place: Place,
}

pub struct Callback {
    pub name: String,
    pub params: Vec<Param>,
    pub result: Type,
    pub doc: String,
    pub place: Place,
}

pub struct Struct {
    pub name: String,
    pub fields: Vec<Field>,
    pub size: usize,
    pub align: usize,
    pub doc: String,
    pub place: Place,
}

pub struct Field {
    pub name: String,
    pub ty: Type,
    pub offset: usize,
    pub size: usize,
    pub doc: String,
}

pub struct Function {
    pub name: String,
    pub params: Vec<Param>,
    pub result: Type,
    /// Whether the result is a status: the body is one `boundary::call`.
    pub status: bool,
    pub doc: String,
    pub place: Place,
}

pub struct Param {
    pub name: String,
    pub ty: Type,
    /// What NULL does; none where the parameter is no pointer.
    pub null: Option<Null>,
    /// The parameter that holds the number of elements.
    pub length: Option<String>,
}

/// What NULL does in a pointer parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Null {
    /// The function fails with `WRT_ERR_ARGUMENT`.
    Refused,
    /// Means something, as the doc says: no error details, no environment, nothing to call at the end.
    Allowed,
    /// Allowed where the length is 0, refused elsewhere.
    Empty,
    /// The function cannot fail: it does nothing, and answers its default.
    Harmless,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    Void,
    Char,
    Size,
    Integer {
        bits: usize,
        signed: bool,
    },
    /// A struct, an alias or a callback.
    Named(String),
    Pointer {
        to: Box<Type>,
        constant: bool,
    },
    /// Something that has no place in the header; a lint says so.
    Foreign(String),
}

impl Type {
    pub fn is_pointer(&self) -> bool {
        matches!(self, Type::Pointer { .. })
    }

    /// What is left when all pointers are followed.
    pub fn base(&self) -> &Type {
        match self {
            Type::Pointer { to, .. } => to.base(),
            other => other,
        }
    }

    /// How many pointers are to be followed.
    pub fn depth(&self) -> usize {
        match self {
            Type::Pointer { to, .. } => 1 + to.depth(),
            _ => 0,
        }
    }

    /// Whether the innermost pointer is one to const.
    pub fn is_const(&self) -> bool {
        match self {
            Type::Pointer { to, constant } => {
                if to.is_pointer() {
                    to.is_const()
                } else {
                    *constant
                }
            }
            _ => false,
        }
    }

    fn is_named(&self, name: &str) -> bool {
        matches!(self, Type::Named(own) if own == name)
    }

    /// Whether this is `wrt_error *`.
    pub fn is_error_slot(&self) -> bool {
        matches!(self, Type::Pointer { to, constant: false } if to.is_named("wrt_error"))
    }
}

impl Function {
    /// The slot in which the function describes its failure.
    pub fn error_slot(&self) -> Option<&Param> {
        self.params.last().filter(|param| self.status && param.ty.is_error_slot())
    }
}

impl Api {
    pub fn read(root: &Path) -> Api {
        let source = Source::read(&root.join("src"));
        let tree = tree_of(root, &source);
        Api::from_tree(&tree, &source)
    }

    fn from_tree(tree: &cbindgen::Bindings, source: &Source) -> Api {
        assert_eq!(
            tree.functions.len(),
            source.exports,
            "cbindgen understands another number of exported functions than src/ has"
        );
        let mut sections = source.sections();
        let callbacks = callback_names(&tree.items);
        for item in &tree.items {
            add_item(&mut sections, item, source);
        }
        add_constants(&mut sections, &tree.constants, source);
        for function in &tree.functions {
            let place = source.place(function.path.name());
            sections[place.section].functions.push(read_function(function, place, source, &callbacks));
        }
        for section in &mut sections {
            section.opaques.sort_by_key(|item| item.place.order);
            section.aliases.sort_by_key(|item| item.place.order);
            section.callbacks.sort_by_key(|item| item.place.order);
            section.structs.sort_by_key(|item| item.place.order);
            section.functions.sort_by_key(|item| item.place.order);
        }
        lay_out(&mut sections);
        let value = |name: &str| {
            let mut all = sections.iter().flat_map(|section| &section.groups).flat_map(|group| &group.constants);
            all.find(|constant| constant.name == name).and_then(|constant| constant.value).unwrap_or(-1)
        };
        let abi = (value("WRT_ABI_MAJOR"), value("WRT_ABI_MINOR"));
        let version =
            ["MAJOR", "MINOR", "PATCH"].map(|part| value(&format!("WRT_VERSION_{part}")).to_string()).join(".");
        Api { version, abi, sections: sections.into_iter().filter(|section| !section.is_empty()).collect() }
    }

    pub fn constants(&self) -> impl Iterator<Item = &Constant> {
        self.sections.iter().flat_map(|section| &section.groups).flat_map(|group| &group.constants)
    }

    pub fn opaques(&self) -> impl Iterator<Item = &Opaque> {
        self.sections.iter().flat_map(|section| &section.opaques)
    }

    pub fn aliases(&self) -> impl Iterator<Item = &Alias> {
        self.sections.iter().flat_map(|section| &section.aliases)
    }

    pub fn callbacks(&self) -> impl Iterator<Item = &Callback> {
        self.sections.iter().flat_map(|section| &section.callbacks)
    }

    pub fn structs(&self) -> impl Iterator<Item = &Struct> {
        self.sections.iter().flat_map(|section| &section.structs)
    }

    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.sections.iter().flat_map(|section| &section.functions)
    }

    /// Whether `ty` is a handle's own type, under any of its names.
    pub fn is_opaque(&self, ty: &Type) -> bool {
        let Type::Named(name) = ty else { return false };
        let alias = self.aliases().find(|alias| alias.name == *name);
        self.opaques().any(|opaque| opaque.name == *name) || alias.is_some_and(|alias| self.is_opaque(&alias.of))
    }

    pub fn is_callback(&self, ty: &Type) -> bool {
        matches!(ty, Type::Named(name) if self.callbacks().any(|callback| callback.name == *name))
    }
}

/// What cbindgen makes of `src/`.
pub fn tree(root: &Path) -> cbindgen::Bindings {
    tree_of(root, &Source::read(&root.join("src")))
}

fn tree_of(root: &Path, source: &Source) -> cbindgen::Bindings {
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");
    config.export.include = source.names();
    let builder = cbindgen::Builder::new().with_config(config).with_src(root.join("src/lib.rs"));
    builder.generate().expect("cbindgen reads src/")
}

impl Section {
    fn is_empty(&self) -> bool {
        self.groups.is_empty()
            && self.opaques.is_empty()
            && self.aliases.is_empty()
            && self.callbacks.is_empty()
            && self.structs.is_empty()
            && self.functions.is_empty()
    }
}

fn callback_names(items: &[ItemContainer]) -> Vec<String> {
    let names = items.iter().filter_map(|item| match item {
        ItemContainer::Typedef(item) if matches!(item.aliased, ir::Type::FuncPtr { .. }) => {
            Some(item.export_name.clone())
        }
        _ => None,
    });
    names.collect()
}

fn add_item(sections: &mut [Section], item: &ItemContainer, source: &Source) {
    match item {
        ItemContainer::OpaqueItem(item) => {
            let place = source.place(&item.export_name);
            let doc = doc(&item.documentation);
            sections[place.section].opaques.push(Opaque { name: item.export_name.clone(), doc, place });
        }
        ItemContainer::Struct(item) => {
            let place = source.place(&item.export_name);
            let field = |field: &ir::Field| Field {
                name: field.name.clone(),
                ty: read_type(&field.ty),
                offset: 0,
                size: 0,
                doc: doc(&field.documentation),
            };
            sections[place.section].structs.push(Struct {
                name: item.export_name.clone(),
                fields: item.fields.iter().map(field).collect(),
                size: 0,
                align: 0,
                doc: doc(&item.documentation),
                place,
            });
        }
        ItemContainer::Typedef(item) => {
            let place = source.place(&item.export_name);
            let (name, doc) = (item.export_name.clone(), doc(&item.documentation));
            let section = &mut sections[place.section];
            match &item.aliased {
                ir::Type::FuncPtr { ret, args, .. } => {
                    let param = |(name, ty): &(Option<String>, ir::Type)| Param {
                        name: name.clone().unwrap_or_default(),
                        ty: read_type(ty),
                        null: None,
                        length: None,
                    };
                    let params = args.iter().map(param).collect();
                    section.callbacks.push(Callback { name, params, result: read_type(ret), doc, place });
                }
                aliased => section.aliases.push(Alias { name, of: read_type(aliased), doc, place }),
            }
        }
        other => panic!("{} has no place in a header for every FFI", other.deref().export_name()),
    }
}

fn add_constants(sections: &mut [Section], constants: &[ir::Constant], source: &Source) {
    let mut constants = constants.iter().map(|item| (source.place(&item.export_name), item)).collect::<Vec<_>>();
    constants.sort_by_key(|(place, _)| place.order);
    let mut last = None;
    for (place, item) in constants {
        let text = literal(&item.value);
        let constant = Constant {
            name: item.export_name.clone(),
            value: text.parse().ok(),
            text,
            ty: read_type(&item.ty),
            doc: doc(&item.documentation),
            place: place.clone(),
        };
        let groups = &mut sections[place.section].groups;
        match groups.last_mut() {
            Some(group) if last == Some(place.group) => group.constants.push(constant),
            _ => groups.push(Group { name: String::new(), constants: vec![constant] }),
        }
        last = Some(place.group);
    }
    for section in sections {
        for group in &mut section.groups {
            group.name = group_name(&group.constants).unwrap_or_else(|| section.noun.clone());
        }
    }
}

/// The words with which all names of a group begin: "trap" for `WRT_TRAP_*`.
fn group_name(constants: &[Constant]) -> Option<String> {
    let words = |constant: &Constant| constant.name.to_lowercase().split('_').map(str::to_owned).collect::<Vec<_>>();
    let first = words(constants.first()?);
    let common =
        (0..first.len() - 1).take_while(|i| constants.iter().all(|c| words(c).get(*i) == first.get(*i))).count();
    (constants.len() > 1 && common > 1).then(|| first[1..common].join("_"))
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Expr(text) => text.clone(),
        Literal::PostfixUnaryOp { op, value } => format!("{op}{}", literal(value)),
        other => format!("{other:?}"),
    }
}

fn read_function(function: &ir::Function, place: Place, source: &Source, callbacks: &[String]) -> Function {
    let status = source.is_fallible(function.path.name());
    let doc = doc(&function.documentation);
    let mut params = function
        .args
        .iter()
        .map(|arg| Param {
            name: arg.name.clone().unwrap_or_default(),
            ty: read_type(&arg.ty),
            null: None,
            length: None,
        })
        .collect::<Vec<_>>();
    for i in 0..params.len() {
        params[i].length = params.get(i + 1).filter(|next| is_length(next, &params[i])).map(|next| next.name.clone());
    }
    let count = params.len();
    for (i, param) in params.iter_mut().enumerate() {
        let is_callback = matches!(&param.ty, Type::Named(name) if callbacks.contains(name));
        if param.ty.is_pointer() || is_callback {
            param.null = Some(nullability(param, &doc, status, i + 1 == count));
        }
    }
    Function { name: function.path.name().to_owned(), params, result: read_type(&function.ret), status, doc, place }
}

/// Whether `length` holds the number of elements at `data`: `len`, `name_len` or `nslots`, right behind the pointer.
fn is_length(length: &Param, data: &Param) -> bool {
    let of_name = [format!("{}_len", data.name), format!("n{}", data.name), "len".to_owned()];
    length.ty == Type::Size && data.ty.is_pointer() && of_name.contains(&length.name)
}

fn nullability(param: &Param, doc: &str, status: bool, last: bool) -> Null {
    if status && last && param.ty.is_error_slot() {
        return Null::Allowed;
    }
    let doc = doc.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = &param.name;
    let said = [
        format!("`{name}` may be NULL"),
        format!("`{name}`, which may be NULL"),
        format!("`*{name}`, which may be NULL"),
        format!("NULL `{name}`"),
    ];
    let output = param.ty.is_pointer() && !param.ty.is_const();
    let all_outputs = output && doc.contains("each out-parameter may be NULL");
    let environment = matches!(&**name, "env" | "data") && matches!(param.ty.base(), Type::Void);
    if said.iter().any(|said| doc.contains(said)) || all_outputs || environment || name == "drop" {
        return Null::Allowed;
    }
    match (&param.length, status) {
        (Some(_), _) => Null::Empty,
        (None, true) => Null::Refused,
        (None, false) => Null::Harmless,
    }
}

fn read_type(ty: &ir::Type) -> Type {
    match ty {
        ir::Type::Ptr { ty, is_const, .. } => Type::Pointer { to: Box::new(read_type(ty)), constant: *is_const },
        ir::Type::Path(path) if path.generics().is_empty() => Type::Named(path.name().to_owned()),
        ir::Type::Primitive(PrimitiveType::Void) => Type::Void,
        ir::Type::Primitive(PrimitiveType::Char) => Type::Char,
        ir::Type::Primitive(PrimitiveType::Integer { kind, signed, .. }) => match kind {
            IntKind::B8 => Type::Integer { bits: 8, signed: *signed },
            IntKind::B16 => Type::Integer { bits: 16, signed: *signed },
            IntKind::B32 => Type::Integer { bits: 32, signed: *signed },
            IntKind::B64 => Type::Integer { bits: 64, signed: *signed },
            IntKind::Size | IntKind::SizeT if !signed => Type::Size,
            other => Type::Foreign(format!("{other:?}")),
        },
        other => Type::Foreign(format!("{other:?}")),
    }
}

fn doc(documentation: &Documentation) -> String {
    let lines = documentation.doc_comment.iter().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Size and place of each field, by the rules of C for machines with 64-bit pointers.
fn lay_out(sections: &mut [Section]) {
    let mut integers = HashMap::new();
    for alias in sections.iter().flat_map(|section| &section.aliases) {
        if let Type::Integer { bits, .. } = alias.of {
            integers.insert(alias.name.clone(), bits / 8);
        }
    }
    for item in sections.iter_mut().flat_map(|section| &mut section.structs) {
        let mut end = 0usize;
        for field in &mut item.fields {
            field.size = match &field.ty {
                Type::Char => 1,
                Type::Integer { bits, .. } => bits / 8,
                Type::Named(name) => integers.get(name).copied().unwrap_or(8),
                _ => 8,
            };
            field.offset = end.next_multiple_of(field.size);
            end = field.offset + field.size;
            item.align = item.align.max(field.size);
        }
        item.size = end.next_multiple_of(item.align.max(1));
    }
}
