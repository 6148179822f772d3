// Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors.
//
//   npm install koffi
//   node examples/node/job.mjs examples/job.wat
import koffi from "koffi";
import { NUL, check, handles, make, wrt } from "./wrt.mjs";

// What is thrown here would be lost, so it goes into the error.
const twice = koffi.register((env, caller, slots, nslots, error) => {
  try {
    const number = koffi.decode(slots, "int32_t");
    if (number < 0) throw new RangeError("twice takes no negative number");
    koffi.encode(slots, "int32_t", 2 * number);
    return wrt.WRT_OK;
  } catch (e) {
    wrt.wrt_error_set(error, wrt.WRT_ERR_HOST, e.message, NUL);
    return wrt.WRT_ERR_HOST;
  }
}, wrt.callbacks.wrt_host_fn);

/** Calls an export that takes and gives i32. */
function call(name, ...numbers) {
  const args = numbers.map((number) => ({ lo: BigInt.asUintN(64, BigInt(number)), hi: 0 }));
  const result = {};
  const start = `${name}(${numbers.join(", ")})`;
  try {
    check(wrt.wrt_func_call, exports[name], args, args.length, result, 1);
    console.log(`${start} = ${Number(BigInt.asIntN(32, BigInt(result.lo)))}`);
  } catch (e) {
    console.log(`${start} fails: ${e.message}`);
    if (e.trap !== null) console.log(`  trap ${e.trap}, ${wrt.wrt_trap_name(e.trap)}`);
    for (const frame of e.frames) console.log(`  in ${frame}`);
  }
}

const engine = make(wrt.wrt_engine_new, null);
const module = make(wrt.wrt_module_from_file, engine, process.argv[2], NUL);
const store = make(wrt.wrt_store_new, engine, null, null);
const type = make(wrt.wrt_type_parse, engine, "(func (param i32) (result i32))", NUL);
const host = make(wrt.wrt_func_new, store, type, twice, null, null);
const instance = make(wrt.wrt_instance_new, store, module, [host], 1);
const exports = {};
for (const name of ["sum", "average", "memory"]) exports[name] = make(wrt.wrt_instance_export, instance, name, NUL);

call("sum", 20, 2);
const text = Buffer.alloc(22);
check(wrt.wrt_memory_read, exports.memory, 16, text, text.length);
console.log(text.toString());
call("sum", -1, 2);
call("average", 42, 0);
check(wrt.wrt_close, store);
call("sum", 20, 2);

handles.reverse().forEach((handle) => wrt.wrt_release(handle));
koffi.unregister(twice);
console.log(`${wrt.wrt_live_count()} objects are left`);
