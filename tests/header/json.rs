//! Prints the ABI as JSON, for programs that write bindings and for the tests that try every argument.

use serde_json::{Map, Value, json};

use crate::c;
use crate::model::{Api, Function, Null, Param, Section, Type};

/// `include/wrt.api.json`: one line for each item, so that a change is one line too.
pub fn api(api: &Api) -> String {
    let head = json!({
        "library": "wrt",
        "header": "wrt.h",
        "version": api.version,
        "abi": [api.abi.0, api.abi.1],
        "pointer_bytes": 8,
    });
    let mut lines = Vec::new();
    for (key, value) in head.as_object().into_iter().flatten() {
        lines.push(format!("{}: {value}", Value::from(key.as_str())));
    }
    let mut list = |key: &str, of: &dyn Fn(&Section) -> Vec<Value>| {
        let items = api.sections.iter().flat_map(of).map(|item| format!("\n    {item}")).collect::<Vec<_>>();
        lines.push(format!("\"{key}\": [{}\n  ]", items.join(",")));
    };
    list("sections", &|section| vec![json!({"name": section.noun, "doc": section.doc})]);
    list("constants", &constants);
    list("opaques", &|section| {
        let item = section.opaques.iter();
        item.map(|item| json!({"name": item.name, "section": section.noun, "doc": item.doc})).collect()
    });
    list("aliases", &|section| {
        let item = section.aliases.iter();
        item.map(
            |item| json!({"name": item.name, "type": c::type_name(&item.of), "section": section.noun, "doc": item.doc}),
        )
        .collect()
    });
    list("structs", &structs);
    list("callbacks", &|section| {
        let item = section.callbacks.iter();
        item.map(|item| {
            let params = item.params.iter().map(|param| describe(api, param)).collect::<Vec<_>>();
            json!({
                "name": item.name,
                "section": section.noun,
                "result": c::type_name(&item.result),
                "params": params,
                "doc": item.doc,
            })
        })
        .collect()
    });
    list("functions", &|section| section.functions.iter().map(|item| function(api, section, item)).collect());
    format!("{{\n  {}\n}}\n", lines.join(",\n  "))
}

fn constants(section: &Section) -> Vec<Value> {
    let mut all = Vec::new();
    for group in &section.groups {
        for constant in &group.constants {
            all.push(json!({
                "name": constant.name,
                "value": constant.value,
                "type": c::type_name(&constant.ty),
                "group": group.name,
                "section": section.noun,
                "doc": constant.doc,
            }));
        }
    }
    all
}

fn structs(section: &Section) -> Vec<Value> {
    let item = section.structs.iter();
    item.map(|item| {
        let field = |field: &crate::model::Field| {
            json!({
                "name": field.name,
                "type": c::type_name(&field.ty),
                "offset": field.offset,
                "size": field.size,
                "doc": field.doc,
            })
        };
        json!({
            "name": item.name,
            "section": section.noun,
            "size": item.size,
            "align": item.align,
            "fields": item.fields.iter().map(field).collect::<Vec<_>>(),
            "doc": item.doc,
        })
    })
    .collect()
}

fn function(api: &Api, section: &Section, item: &Function) -> Value {
    let params = item.params.iter().map(|param| describe(api, param)).collect::<Vec<_>>();
    json!({
        "name": item.name,
        "section": section.noun,
        "result": c::type_name(&item.result),
        "status": item.status,
        "params": params,
        "doc": item.doc,
    })
}

/// One parameter: its type as C spells it and in parts, what it holds, what NULL does.
fn describe(api: &Api, param: &Param) -> Value {
    let mut map = Map::new();
    map.insert("name".into(), json!(param.name));
    map.insert("type".into(), json!(c::type_name(&param.ty)));
    map.insert("base".into(), json!(c::type_name(param.ty.base())));
    map.insert("pointers".into(), json!(param.ty.depth()));
    if param.ty.is_pointer() {
        map.insert("const".into(), json!(param.ty.is_const()));
    }
    map.insert("kind".into(), json!(kind(api, &param.ty)));
    if let Some(length) = &param.length {
        map.insert("length".into(), json!(length));
    }
    if let Some(null) = param.null {
        map.insert("null".into(), json!(null_word(null)));
    }
    Value::Object(map)
}

/// What a parameter is, for those who make one up.
fn kind(api: &Api, ty: &Type) -> &'static str {
    if api.is_callback(ty) {
        return "callback";
    }
    match (ty.depth(), ty.base()) {
        (0, _) => "number",
        (1, Type::Void) => "pointer",
        (1, Type::Char) => "text",
        (1, base) if api.is_opaque(base) => "handle",
        (2, base) if api.is_opaque(base) => {
            if ty.is_const() {
                "handles"
            } else {
                "new handle"
            }
        }
        (1, _) if ty.is_const() => "input",
        (1, _) => "output",
        _ => "pointer output",
    }
}

fn null_word(null: Null) -> &'static str {
    match null {
        Null::Refused => "refused",
        Null::Allowed => "allowed",
        Null::Empty => "empty",
        Null::Harmless => "harmless",
    }
}
