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

export const NUL = 2n ** 64n - 1n; // the length of a text that ends in a NUL

/** What a failed function says: its status, a sentence, the trap, and the functions it came out of, innermost first. */
class WrtError extends Error {
  constructor(error) {
    super(`${wrt.wrt_status_name(error.status)}: ${error.message}`);
    this.trap = error.status === wrt.WRT_ERR_TRAP ? error.trap : null;
    this.frames = [];
    for (let i = 0; i < error.frame_count; i++) {
      const frame = { struct_size: koffi.sizeof("wrt_frame") };
      wrt.wrt_error_frame(error, i, frame);
      this.frames.push(frame.func_name ?? "?");
    }
  }
}

/** Calls a function with a wrt_error behind its other arguments, and throws what it tells. */
export function check(func, ...args) {
  const error = {};
  if (func(...args, error) === wrt.WRT_OK) return;
  const thrown = new WrtError(error);
  wrt.wrt_error_clear(error);
  throw thrown;
}

/** The handle that a function makes. Nobody but us releases it. */
export const handles = [];
export function make(func, ...args) {
  const out = [null];
  check(func, ...args, out);
  handles.push(out[0]);
  return out[0];
}
