// All of wrt.h for koffi, which reads no headers: from wrt.api.json, the header as data.
import { readFileSync } from "node:fs";
import koffi from "koffi";

/** The constants and functions of the library at a path, as the wrt.api.json at another one tells them. */
export function load(library, json) {
  const api = JSON.parse(readFileSync(json, "utf8"));
  const callbacks = {};
  for (const { name } of api.opaques) koffi.opaque(name);
  for (const { name, type } of api.aliases) koffi.alias(name, type);
  for (const { name } of api.callbacks) koffi.alias(name, "void *");
  // Structs come before any pointer to them, which would else not know their size.
  for (const { name, fields } of api.structs) {
    koffi.struct(name, Object.fromEntries(fields.map((field) => [field.name, field.type])));
  }
  for (const { name, result, params } of api.callbacks) {
    callbacks[name] = koffi.pointer(koffi.proto(`${name}_proto`, result, params.map(({ type }) => type)));
  }

  // An output is an array of one element, or an object for a struct, whose struct_size goes in before the rest comes out.
  const typeOf = ({ type, kind }) => (/output|new handle/.test(kind) ? koffi.inout(koffi.type(type)) : callbacks[type] ?? type);
  const shared = koffi.load(library);
  const wrt = Object.fromEntries(api.constants.map(({ name, value }) => [name, value]));
  for (const { name, result, params } of api.functions) wrt[name] = shared.func(name, result, params.map(typeOf));
  return { ...wrt, callbacks };
}
