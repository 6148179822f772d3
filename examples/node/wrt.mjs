// All of wrt.h for koffi, which reads no headers: the library tells what is in it, as data. It is that of the repository, or
// where WRT_LIBRARY says.
import { fileURLToPath } from "node:url";
import koffi from "koffi";

const here = fileURLToPath(new URL("../../target/release/libwrt.so", import.meta.url));
const library = koffi.load(process.env.WRT_LIBRARY ?? here);
const api = JSON.parse(library.func("const char *wrt_api_json()")());
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

/** The constants and functions of the header by their names, and the types of its callbacks. */
export const wrt = { callbacks };
for (const { name, value } of api.constants) wrt[name] = value;
for (const { name, result, params } of api.functions) wrt[name] = library.func(name, result, params.map(typeOf));
