/* Text and bytes of modules, without an engine. */
#include "check.h"

static const char WAT[] =
    "(module $\"gr\xc3\xb6\xc3\x9f" "e\"\n"
    "  (import \"m\" \"g\" (global (mut i64)))\n"
    "  (memory (export \"\xcf\x80\") 1 10)\n"
    "  (func $add (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))\n"
    "  (func (export \"wide\") (param v128 anyref))\n"
    "  (@custom \"note\" \"one\") (@custom \"other\" \"\") (@custom \"note\" \"three\"))";

static wrt_bytes translated(const char *wat) {
  wrt_bytes wasm = {0};
  CHECK_OK(wrt_wat_to_wasm(wat, (size_t)-1, &wasm, &error));
  return wasm;
}

static void text_becomes_bytes_and_text_again(void) {
  wrt_bytes wasm = translated(WAT), wat = {0}, again = {0};
  CHECK(wasm.len > 8 && memcmp(wasm.data, "\0asm\1\0\0\0", 8) == 0);
  CHECK_OK(wrt_wasm_to_wat(wasm.data, wasm.len, &wat, &error));
  CHECK(strlen((const char *)wat.data) == wat.len);
  CHECK(strstr((const char *)wat.data, "(func $add (;0;) (type 0) (param i32 i32) (result i32)") != NULL);
  CHECK_OK(wrt_wat_to_wasm((const char *)wat.data, wat.len, &again, &error));
  CHECK(again.len == wasm.len && memcmp(again.data, wasm.data, wasm.len) == 0);
  wrt_bytes_free(&again);
  wrt_bytes_free(&wat);
  wrt_bytes_free(&wasm);
  /* Syntax only: whether it is valid is the engine's to say. */
  wasm = translated("(func (result i32))");
  wrt_bytes_free(&wasm);
}

static void errors_have_a_place(void) {
  wrt_bytes out = {0};
  CHECK_FAILS(wrt_wat_to_wasm("(module\n  (func i32.cnst))", (size_t)-1, &out, &error), WRT_ERR_PARSE,
              "line 2, column 9: unknown operator");
  CHECK_FAILS(wrt_wat_to_wasm("(; \xcf\x80\xcf\x80 ;) (modul)", (size_t)-1, &out, &error), WRT_ERR_PARSE,
              "line 1, column 11: ");
  CHECK_FAILS(wrt_wat_to_wasm("(module) (module)", (size_t)-1, &out, &error), WRT_ERR_PARSE, "line 1, column 10: ");
  CHECK_FAILS(wrt_wat_to_wasm("", 0, &out, &error), WRT_ERR_PARSE, "line 1, column 1: ");
  CHECK_FAILS(wrt_wat_to_wasm("\0asm\1\0\0\0", 8, &out, &error), WRT_ERR_PARSE, "wat is a binary, not text");
  CHECK_FAILS(wrt_wat_to_wasm("(module \xff)", (size_t)-1, &out, &error), WRT_ERR_ARGUMENT,
              "wat is not UTF-8: bad byte at offset 8");
  CHECK_FAILS(wrt_wat_to_wasm(NULL, 3, &out, &error), WRT_ERR_ARGUMENT, "wat is NULL");
  CHECK_FAILS(wrt_wat_to_wasm("(module)", (size_t)-1, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK_FAILS(wrt_wasm_to_wat((const uint8_t *)"(module)", 8, &out, &error), WRT_ERR_PARSE, "(at offset 0x0)");
  CHECK_FAILS(wrt_wasm_to_wat(NULL, 0, &out, &error), WRT_ERR_PARSE, "(at offset 0x0)");
  CHECK_FAILS(wrt_wasm_to_wat(NULL, 1, &out, &error), WRT_ERR_ARGUMENT, "wasm is NULL");
  CHECK_FAILS(wrt_wasm_inspect_json((const uint8_t *)"\0asm\1\0\0\0\1", 9, &out, &error), WRT_ERR_PARSE,
              "(at offset 0x9)");
  CHECK(out.data == NULL && out.owner == NULL);
}

static void has(const wrt_bytes *json, const char *text) {
  if (strstr((const char *)json->data, text) == NULL) {
    fprintf(stderr, "%s\nis not in\n%s\n", text, (const char *)json->data);
    CHECK(0);
  }
}

static void modules_are_described(void) {
  wrt_bytes wasm = translated(WAT), json = {0};
  CHECK_OK(wrt_wasm_inspect_json(wasm.data, wasm.len, &json, &error));
  has(&json, "{\"kind\":\"module\",\"name\":\"gr\xc3\xb6\xc3\x9f" "e\",\"size\":");
  has(&json, "\"imports\":[{\"module\":\"m\",\"name\":\"g\",\"kind\":\"global\",\"type\":\"(global (mut i64))\"}]");
  has(&json, "{\"name\":\"\xcf\x80\",\"kind\":\"memory\",\"index\":0,\"type\":\"(memory 1 10)\"}");
  has(&json, "{\"name\":\"wide\",\"kind\":\"func\",\"index\":1,\"type\":\"(func (param v128 anyref))\"}");
  has(&json, "\"functions\":[{\"index\":0,\"name\":\"add\",\"type\":\"(func (param i32 i32) (result i32))\",\"imported\":"
             "false,\"size\":7}");
  has(&json, "\"custom_sections\":[{\"name\":\"note\",\"offset\":");
  wrt_bytes_free(&json);
  wrt_bytes_free(&wasm);
  wasm = translated("(component (import \"run\" (func)))");
  CHECK_OK(wrt_wasm_inspect_json(wasm.data, wasm.len, &json, &error));
  has(&json, "{\"kind\":\"component\",\"name\":null,\"size\":");
  has(&json, "\"imports\":[{\"name\":\"run\",\"kind\":\"func\"}]");
  wrt_bytes_free(&json);
  wrt_bytes_free(&wasm);
}

static void sections_are_found(void) {
  wrt_bytes wasm = translated(WAT);
  size_t offset = 77, size = 77;
  CHECK_OK(wrt_wasm_custom_section(wasm.data, wasm.len, "note", (size_t)-1, 0, &offset, &size, &error));
  CHECK(size == 3 && memcmp(wasm.data + offset, "one", 3) == 0);
  CHECK_OK(wrt_wasm_custom_section(wasm.data, wasm.len, "note?", 4, 1, &offset, &size, &error));
  CHECK(size == 5 && memcmp(wasm.data + offset, "three", 5) == 0);
  CHECK_OK(wrt_wasm_custom_section(wasm.data, wasm.len, "other", (size_t)-1, 0, &offset, &size, &error));
  CHECK(size == 0 && offset <= wasm.len);
  offset = size = 77;
  CHECK_FAILS(wrt_wasm_custom_section(wasm.data, wasm.len, "note", (size_t)-1, 2, &offset, &size, &error),
              WRT_ERR_NOT_FOUND, "\"note\"");
  CHECK_FAILS(wrt_wasm_custom_section(wasm.data, wasm.len, "n\xc3\xb6te", (size_t)-1, 0, &offset, &size, &error),
              WRT_ERR_NOT_FOUND, "there is no custom section \"n\xc3\xb6te\"");
  CHECK_FAILS(wrt_wasm_custom_section(wasm.data, wasm.len - 1, "note", (size_t)-1, 0, &offset, &size, &error),
              WRT_ERR_PARSE, "(at offset 0x");
  CHECK_FAILS(wrt_wasm_custom_section(wasm.data, wasm.len, NULL, 4, 0, &offset, &size, &error), WRT_ERR_ARGUMENT,
              "name is NULL");
  CHECK_FAILS(wrt_wasm_custom_section(wasm.data, wasm.len, "note", 4, 0, NULL, &size, &error), WRT_ERR_ARGUMENT,
              "offset is NULL");
  CHECK_FAILS(wrt_wasm_custom_section(wasm.data, wasm.len, "note", 4, 0, &offset, NULL, &error), WRT_ERR_ARGUMENT,
              "size is NULL");
  CHECK(offset == 77 && size == 77);
  wrt_bytes_free(&wasm);
}

/* Half a module is an error or a shorter module, whatever is asked of it, and reads nothing past its end. */
static void damage_is_an_error(void) {
  wrt_bytes wasm = translated(WAT), out = {0};
  size_t len, failures = 0;
  int32_t kind;
  for (len = 0; len < wasm.len; len++) {
    uint8_t *part = malloc(len == 0 ? 1 : len);
    CHECK(part != NULL);
    memcpy(part, wasm.data, len);
    if (wrt_wasm_to_wat(part, len, &out, &error) == WRT_OK) {
      wrt_bytes_free(&out);
    } else {
      failures++;
      CHECK(error.status == WRT_ERR_PARSE && error.message_len > 0);
      wrt_error_clear(&error);
    }
    if (wrt_wasm_inspect_json(part, len, &out, NULL) == WRT_OK) {
      wrt_bytes_free(&out);
    }
    CHECK(wrt_artifact_kind(part, len, &kind, NULL) == WRT_OK && kind == WRT_ARTIFACT_NONE);
    free(part);
  }
  CHECK(failures > len / 2);
  wrt_bytes_free(&wasm);
}

static void artifacts_are_told(void) {
  wrt_engine *engine = NULL;
  wrt_bytes wasm = translated("(module (func (export \"f\")))"), artifact = {0};
  int32_t kind = 77;
  CHECK_OK(wrt_artifact_kind(wasm.data, wasm.len, &kind, &error));
  CHECK(kind == WRT_ARTIFACT_NONE);
  CHECK_OK(wrt_engine_new(NULL, &engine, &error));
  CHECK_OK(wrt_engine_precompile(engine, wasm.data, wasm.len, &artifact, &error));
  CHECK_OK(wrt_artifact_kind(artifact.data, artifact.len, &kind, &error));
  CHECK(kind == WRT_ARTIFACT_MODULE);
  CHECK_OK(wrt_artifact_kind(NULL, 0, &kind, &error));
  CHECK(kind == WRT_ARTIFACT_NONE);
  CHECK_FAILS(wrt_artifact_kind(artifact.data, artifact.len, NULL, &error), WRT_ERR_ARGUMENT, "kind is NULL");
  wrt_bytes_free(&artifact);
  wrt_bytes_free(&wasm);
  wrt_release(engine);
}

int main(void) {
  text_becomes_bytes_and_text_again();
  errors_have_a_place();
  modules_are_described();
  sections_are_found();
  damage_is_an_error();
  artifacts_are_told();
  return check_done();
}
