//! Constants of a script as JSON.

use std::fmt;

use serde_json::{Value, json};
use wast::component::WastVal;
use wast::core::{AbstractHeapType, HeapType, NanPattern, V128Const, V128Pattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64, Index, Span};
use wast::{Error, WastArg, WastRet};

type Result<T> = std::result::Result<T, Error>;

/// What a function is called with.
pub fn argument(value: WastArg<'_>, span: Span) -> Result<Value> {
    Ok(match value {
        WastArg::Core(value) => match value {
            WastArgCore::I32(value) => decimal("i32", value),
            WastArgCore::I64(value) => decimal("i64", value),
            WastArgCore::F32(value) => decimal("f32", value.bits),
            WastArgCore::F64(value) => decimal("f64", value.bits),
            WastArgCore::V128(value) => match value {
                V128Const::I8x16(lanes) => vector("i8", &lanes.map(text)),
                V128Const::I16x8(lanes) => vector("i16", &lanes.map(text)),
                V128Const::I32x4(lanes) => vector("i32", &lanes.map(text)),
                V128Const::I64x2(lanes) => vector("i64", &lanes.map(text)),
                V128Const::F32x4(lanes) => vector("f32", &lanes.map(|lane| text(lane.bits))),
                V128Const::F64x2(lanes) => vector("f64", &lanes.map(|lane| text(lane.bits))),
            },
            WastArgCore::RefNull(ty) => null(Some(ty)),
            WastArgCore::RefExtern(number) => decimal("externref", number),
            WastArgCore::RefHost(number) => decimal("anyref", number),
        },
        WastArg::Component(value) => component(value),
        other => return Err(unknown(&other, span)),
    })
}

/// What a function is to return.
pub fn result(value: WastRet<'_>, span: Span) -> Result<Value> {
    match value {
        WastRet::Core(value) => core_result(value, span),
        WastRet::Component(value) => Ok(component(value)),
        other => Err(unknown(&other, span)),
    }
}

fn core_result(value: WastRetCore<'_>, span: Span) -> Result<Value> {
    Ok(match value {
        WastRetCore::I32(value) => decimal("i32", value),
        WastRetCore::I64(value) => decimal("i64", value),
        WastRetCore::F32(value) => decimal("f32", float32(value)),
        WastRetCore::F64(value) => decimal("f64", float64(value)),
        WastRetCore::V128(value) => match value {
            V128Pattern::I8x16(lanes) => vector("i8", &lanes.map(text)),
            V128Pattern::I16x8(lanes) => vector("i16", &lanes.map(text)),
            V128Pattern::I32x4(lanes) => vector("i32", &lanes.map(text)),
            V128Pattern::I64x2(lanes) => vector("i64", &lanes.map(text)),
            V128Pattern::F32x4(lanes) => vector("f32", &lanes.map(float32)),
            V128Pattern::F64x2(lanes) => vector("f64", &lanes.map(float64)),
        },
        WastRetCore::RefNull(ty) => null(ty),
        WastRetCore::RefExtern(None) => any("externref"),
        WastRetCore::RefExtern(Some(number)) => decimal("externref", number),
        WastRetCore::RefHost(number) => decimal("anyref", number),
        WastRetCore::RefFunc(None) => any("funcref"),
        WastRetCore::RefFunc(Some(Index::Num(index, _))) => json!({"type": "funcref", "value": {"index": index}}),
        WastRetCore::RefFunc(Some(other)) => return Err(unknown(&other, span)),
        WastRetCore::RefAny => any("anyref"),
        WastRetCore::RefEq => any("eqref"),
        WastRetCore::RefArray => any("arrayref"),
        WastRetCore::RefStruct => any("structref"),
        WastRetCore::RefI31 => any("i31ref"),
        WastRetCore::RefI31Shared => any("i31refshared"),
        WastRetCore::Either(values) => {
            let values = values.into_iter().map(|value| core_result(value, span)).collect::<Result<Vec<_>>>()?;
            json!({"type": "either", "values": values})
        }
    })
}

fn unknown(value: &dyn fmt::Debug, span: Span) -> Error {
    Error::new(span, format!("unknown constant {value:?}"))
}

fn text(value: impl ToString) -> String {
    value.to_string()
}

fn decimal(kind: &str, value: impl ToString) -> Value {
    json!({"type": kind, "value": value.to_string()})
}

/// Whatever is not null.
fn any(kind: &str) -> Value {
    json!({"type": kind})
}

fn vector(lane: &str, lanes: &[String]) -> Value {
    json!({"type": "v128", "lane_type": lane, "value": lanes})
}

fn float32(pattern: NanPattern<F32>) -> String {
    float(pattern, |value| text(value.bits))
}

fn float64(pattern: NanPattern<F64>) -> String {
    float(pattern, |value| text(value.bits))
}

fn float<T>(pattern: NanPattern<T>, bits: impl FnOnce(T) -> String) -> String {
    match pattern {
        NanPattern::CanonicalNan => "nan:canonical".to_owned(),
        NanPattern::ArithmeticNan => "nan:arithmetic".to_owned(),
        NanPattern::Value(value) => bits(value),
    }
}

/// A null reference; what type it has is the function's to say where the script cannot.
fn null(ty: Option<HeapType<'_>>) -> Value {
    let Some(HeapType::Abstract { shared: false, ty }) = ty else { return any("refnull") };
    let of = |kind: &str| json!({"type": kind, "value": "null"});
    match ty {
        AbstractHeapType::Func => of("funcref"),
        AbstractHeapType::Extern => of("externref"),
        AbstractHeapType::Exn => of("exnref"),
        AbstractHeapType::Cont => of("contref"),
        AbstractHeapType::Any => of("anyref"),
        AbstractHeapType::Eq => of("eqref"),
        AbstractHeapType::Struct => of("structref"),
        AbstractHeapType::Array => of("arrayref"),
        AbstractHeapType::I31 => of("i31ref"),
        AbstractHeapType::None => any("nullref"),
        AbstractHeapType::NoFunc => any("nullfuncref"),
        AbstractHeapType::NoExtern => any("nullexternref"),
        AbstractHeapType::NoExn => any("nullexnref"),
        AbstractHeapType::NoCont => any("nullcontref"),
    }
}

/// A value of a component.
fn component(value: WastVal<'_>) -> Value {
    let all = |values: Vec<WastVal<'_>>| values.into_iter().map(component).collect::<Value>();
    let maybe = |value: Option<Box<WastVal<'_>>>| value.map(|value| component(*value));
    let of = |kind: &str, value: Value| json!({"type": kind, "value": value});
    match value {
        WastVal::Bool(value) => of("bool", value.into()),
        WastVal::U8(value) => decimal("u8", value),
        WastVal::S8(value) => decimal("s8", value),
        WastVal::U16(value) => decimal("u16", value),
        WastVal::S16(value) => decimal("s16", value),
        WastVal::U32(value) => decimal("u32", value),
        WastVal::S32(value) => decimal("s32", value),
        WastVal::U64(value) => decimal("u64", value),
        WastVal::S64(value) => decimal("s64", value),
        WastVal::F32(value) => decimal("f32", value.bits),
        WastVal::F64(value) => decimal("f64", value.bits),
        WastVal::Char(value) => decimal("char", value),
        WastVal::String(value) => of("string", value.into()),
        WastVal::List(values) => of("list", all(values)),
        WastVal::Map(pairs) => {
            of("map", pairs.into_iter().map(|(key, value)| json!([component(key), component(value)])).collect())
        }
        WastVal::Record(fields) => {
            of("record", fields.into_iter().map(|(name, value)| json!([name, component(value)])).collect())
        }
        WastVal::Tuple(values) => of("tuple", all(values)),
        WastVal::Variant(case, payload) => {
            let mut value = json!({"case": case});
            if let Some(payload) = maybe(payload) {
                value["payload"] = payload;
            }
            of("variant", value)
        }
        WastVal::Enum(case) => of("enum", case.into()),
        WastVal::Option(value) => of("option", maybe(value).into()),
        WastVal::Result(Ok(value)) => of("result", json!({"Ok": maybe(value)})),
        WastVal::Result(Err(value)) => of("result", json!({"Err": maybe(value)})),
        WastVal::Flags(names) => of("flags", names.into()),
    }
}
