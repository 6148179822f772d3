/* How SWIG turns wrt.h into a module for Lua. The header stands as it is at the end; what comes before says what its arguments
 * mean: handles are collected, texts and tables are Lua's, outputs are results, and failures are errors. */
%module wrt
%{
#include <wrt.h>

/* The error that a failed function throws: a table with its status, message, trap and frames. */
static void push_failure(lua_State *L, wrt_error *error) {
    wrt_frame frame = {sizeof frame};
    lua_newtable(L);
    lua_pushstring(L, wrt_status_name(error->status)), lua_setfield(L, -2, "status");
    lua_pushlstring(L, error->message, error->message_len), lua_setfield(L, -2, "message");
    if (error->status == WRT_ERR_TRAP) lua_pushinteger(L, error->trap), lua_setfield(L, -2, "trap");
    lua_newtable(L);
    for (uint32_t i = 0; i < error->frame_count; i++) {
        wrt_error_frame(error, i, &frame);
        lua_pushstring(L, frame.func_name ? frame.func_name : "?"), lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "frames");
    wrt_error_clear(error);
}
%}

/* The error, last. A status is then WRT_OK, and no result. */
%typemap(in, numinputs=0) wrt_error *error (wrt_error failure = {0}) "$1 = &failure;"
%typemap(argout) wrt_error *error { if ($1->status != WRT_OK) { push_failure(L, $1); SWIG_fail; } }
%typemap(out) int32_t "(void)$1;"

/* A handle is an output, and released when it is collected. */
%typemap(in, numinputs=0) SWIGTYPE **out (void *made = NULL) "$1 = ($1_ltype)&made;"
%typemap(argout) SWIGTYPE **out { SWIG_NewPointerObj(L, *$1, $*1_descriptor, 1); SWIG_arg++; }
%nodefaultctor;
%define HANDLE(name)
struct name {};
%extend name { ~name() { wrt_release($self); } }
%enddef
HANDLE(wrt_engine) HANDLE(wrt_module) HANDLE(wrt_store) HANDLE(wrt_type) HANDLE(wrt_instance)
HANDLE(wrt_extern) HANDLE(wrt_call) HANDLE(wrt_task)
%clearnodefaultctor;

/* Text and bytes. */
%typemap(in, checkfn="lua_isstring") (const char *TEXT, size_t LEN) (size_t len)
    "$1 = (char *)lua_tolstring(L, $input, &len); $2 = len;"
%apply (const char *TEXT, size_t LEN) {
    (const char *text, size_t len), (const char *name, size_t name_len), (const char *path, size_t path_len) }
%typemap(in) (uint8_t *dst, size_t len)
    "$2 = (size_t)lua_tointeger(L, $input); $1 = (uint8_t *)lua_newuserdata(L, $2);"
%typemap(argout) (uint8_t *dst, size_t len) { lua_pushlstring(L, (char *)$1, $2); SWIG_arg++; }

/* Values, as tables of integers; how many results there are is said. */
%typemap(in, checkfn="lua_istable") (const wrt_val *VALUES, size_t COUNT) {
    $2 = lua_rawlen(L, $input);
    $1 = (wrt_val *)lua_newuserdata(L, $2 * sizeof(wrt_val));
    for (size_t i = 0; i < $2; i++, lua_pop(L, 1)) {
        lua_rawgeti(L, $input, (lua_Integer)i + 1);
        $1[i].lo = (uint64_t)lua_tointeger(L, -1);
    }
}
%apply (const wrt_val *VALUES, size_t COUNT) { (const wrt_val *slots, size_t nslots), (const wrt_val *results, size_t nresults) }
%typemap(in) (wrt_val *results, size_t nresults)
    "$2 = (size_t)lua_tointeger(L, $input); $1 = (wrt_val *)lua_newuserdata(L, $2 * sizeof(wrt_val));"
%typemap(argout) (wrt_val *results, size_t nresults) {
    for (size_t i = 0; i < $2; i++, SWIG_arg++) lua_pushinteger(L, (lua_Integer)$1[i].lo);
}
%typemap(in) uint64_t "$1 = (uint64_t)lua_tointeger(L, $input);"
%typemap(out) uint64_t { lua_pushinteger(L, (lua_Integer)$1); SWIG_arg++; }
%typemap(in, numinputs=0) int32_t *state (int32_t now) "$1 = &now;"
%typemap(argout) int32_t *state { lua_pushinteger(L, *$1); SWIG_arg++; }

/* A request: the number of the host function, then its arguments. */
%typemap(in, numinputs=0) wrt_host_request *out (wrt_host_request request = {sizeof(wrt_host_request)}) "$1 = &request;"
%typemap(argout) wrt_host_request *out {
    lua_pushinteger(L, (lua_Integer)$1->id), SWIG_arg++;
    for (size_t i = 0; i < $1->nslots; i++, SWIG_arg++) lua_pushinteger(L, (lua_Integer)$1->slots[i].lo);
}

/* Imports, as a table of handles. */
%typemap(in, checkfn="lua_istable") (const wrt_extern *const *imports, size_t nimports) {
    $2 = lua_rawlen(L, $input);
    $1 = (wrt_extern **)lua_newuserdata(L, $2 * sizeof(wrt_extern *));
    for (size_t i = 0; i < $2; i++, lua_pop(L, 1)) {
        lua_rawgeti(L, $input, (lua_Integer)i + 1);
        SWIG_ConvertPtr(L, -1, (void **)&$1[i], $descriptor(wrt_extern *), 0);
    }
}

/* No function pointers: host functions suspend the call instead. Why one has failed is told by a text. */
%typemap(in, numinputs=0) (wrt_wake_fn wake, void *env), (void *data, wrt_drop_fn drop) "$1 = NULL; $2 = NULL;"
%typemap(in) const wrt_error *reason (wrt_error reason = {0})
    "$1 = &reason; wrt_error_set($1, WRT_ERR_HOST, lua_tostring(L, $input), (size_t)-1);"
%typemap(freearg) const wrt_error *reason "wrt_error_clear($1);"

%include <stdint.i>
%immutable;
%include <wrt.h>
