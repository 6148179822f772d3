/* Test scripts as data, without an engine; and one that is run. */
#include "check.h"

static const char SCRIPT[] =
    "(module $m (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))\n"
    "(assert_return (invoke $m \"add\" (i32.const 1) (i32.const -2)) (i32.const -1))\n"
    "(assert_malformed (module quote \"(func (; \xcf\x80 ;)\") \"unexpected end\")\n"
    "(assert_return (invoke \"add\") (f32.const nan:canonical) (ref.null func))\n";

static wrt_script *script_of(const char *text, const char *name) {
  wrt_script *script = NULL;
  CHECK_OK(wrt_script_new(text, (size_t)-1, name, (size_t)-1, &script, &error));
  CHECK_TEXT(wrt_handle_type(script), "script");
  return script;
}

static void commands_are_json(void) {
  wrt_script *script = script_of(SCRIPT, "tests/add.wast");
  const char *json = NULL, *again = NULL;
  size_t len = 0;
  CHECK_OK(wrt_script_json(script, &json, &len, &error));
  CHECK(strlen(json) == len);
  CHECK_TEXT(json,
             "{\"source_filename\":\"tests/add.wast\",\"commands\":["
             "{\"type\":\"module\",\"line\":1,\"name\":\"m\",\"filename\":\"add.0.wasm\",\"module_type\":\"binary\"},"
             "{\"type\":\"assert_return\",\"line\":2,\"action\":{\"type\":\"invoke\",\"module\":\"m\",\"field\":\"add\","
             "\"args\":[{\"type\":\"i32\",\"value\":\"1\"},{\"type\":\"i32\",\"value\":\"-2\"}]},"
             "\"expected\":[{\"type\":\"i32\",\"value\":\"-1\"}]},"
             "{\"type\":\"assert_malformed\",\"line\":3,\"filename\":\"add.1.wat\",\"module_type\":\"text\","
             "\"text\":\"unexpected end\"},"
             "{\"type\":\"assert_return\",\"line\":4,\"action\":{\"type\":\"invoke\",\"field\":\"add\",\"args\":[]},"
             "\"expected\":[{\"type\":\"f32\",\"value\":\"nan:canonical\"},"
             "{\"type\":\"funcref\",\"value\":\"null\"}]}]}");
  CHECK_OK(wrt_script_json(script, &again, &len, &error));
  CHECK(again == json);
  CHECK_FAILS(wrt_script_json(script, NULL, &len, &error), WRT_ERR_ARGUMENT, "json is NULL");
  CHECK_FAILS(wrt_script_json(script, &json, NULL, &error), WRT_ERR_ARGUMENT, "len is NULL");
  wrt_release(script);
}

static void modules_are_borrowed(void) {
  wrt_script *script = script_of(SCRIPT, "add.wast");
  wrt_engine *engine = NULL;
  wrt_module *module = NULL;
  const uint8_t *data = NULL;
  size_t len = 77;
  CHECK_OK(wrt_script_module(script, "add.1.wat", (size_t)-1, &data, &len, &error));
  CHECK(strlen((const char *)data) == len);
  CHECK_TEXT((const char *)data, "(func (; \xcf\x80 ;) ");
  CHECK_OK(wrt_engine_new(NULL, &engine, &error));
  CHECK_FAILS(wrt_module_new(engine, data, len, &module, &error), WRT_ERR_PARSE, "line 1, column 15: ");
  CHECK_FAILS(wrt_script_module(script, "add.2.wasm", (size_t)-1, &data, &len, &error), WRT_ERR_NOT_FOUND,
              "the script has no module file named \"add.2.wasm\"");
  CHECK_OK(wrt_script_module(script, "add.0.wasm?", 10, &data, &len, &error));
  CHECK(len > 8 && memcmp(data, "\0asm\1\0\0\0", 8) == 0);
  /* What was lent outlives closing. */
  CHECK_OK(wrt_close(script, &error));
  CHECK_FAILS(wrt_script_module(script, "add.0.wasm", (size_t)-1, &data, &len, &error), WRT_ERR_CLOSED,
              "the script is closed");
  CHECK_OK(wrt_module_new(engine, data, len, &module, &error));
  CHECK(wrt_module_export_count(module) == 1);
  wrt_release(module);
  wrt_release(engine);
  wrt_release(script);
}

static void files_have_names(void) {
  wrt_script *script = NULL;
  const uint8_t *data = NULL;
  size_t len = 0;
  /* One module without a directive around it, and no name for it. */
  CHECK_OK(wrt_script_new("(func)", 6, NULL, 0, &script, &error));
  CHECK_OK(wrt_script_module(script, "script.0.wasm", (size_t)-1, &data, &len, &error));
  CHECK(len > 8);
  wrt_release(script);
  script = script_of("(module)", "a/b.c.wast");
  CHECK_OK(wrt_script_module(script, "b.c.0.wasm", (size_t)-1, &data, &len, &error));
  wrt_release(script);
  script = script_of("(module)", "..");
  CHECK_OK(wrt_script_module(script, "script.0.wasm", (size_t)-1, &data, &len, &error));
  wrt_release(script);
}

static void errors_have_a_place(void) {
  wrt_script *script = NULL;
  CHECK_FAILS(wrt_script_new("(module)\n (assert_retur)", (size_t)-1, "a.wast", (size_t)-1, &script, &error),
              WRT_ERR_PARSE, "a.wast:2:3: ");
  CHECK_FAILS(wrt_script_new("(module)\n (assert_retur)", (size_t)-1, NULL, 0, &script, &error), WRT_ERR_PARSE,
              "line 2, column 3: ");
  CHECK_FAILS(wrt_script_new("(module (func (call $none)))", (size_t)-1, "a.wast", 6, &script, &error), WRT_ERR_PARSE,
              "a.wast:1:21: ");
  CHECK_FAILS(wrt_script_new("", 0, "a.wast", 6, &script, &error), WRT_ERR_PARSE, "a.wast:1:1: ");
  CHECK_FAILS(wrt_script_new("(module \xff)", (size_t)-1, "a.wast", 6, &script, &error), WRT_ERR_ARGUMENT,
              "text is not UTF-8: bad byte at offset 8");
  CHECK_FAILS(wrt_script_new("(module)", 8, "\xff", 1, &script, &error), WRT_ERR_ARGUMENT, "name is not UTF-8");
  CHECK_FAILS(wrt_script_new(NULL, 1, "a.wast", 6, &script, &error), WRT_ERR_ARGUMENT, "text is NULL");
  CHECK_FAILS(wrt_script_new("(module)", 8, "a.wast", 6, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK(script == NULL);
}

/* Half a script is an error or a shorter script, and reads nothing past its end. */
static void damage_is_an_error(void) {
  size_t len, failures = 0;
  wrt_error_clear(&error);
  for (len = 0; len < sizeof SCRIPT; len++) {
    char *part = malloc(len == 0 ? 1 : len);
    wrt_script *script = NULL;
    CHECK(part != NULL);
    memcpy(part, SCRIPT, len);
    if (wrt_script_new(part, len, NULL, 0, &script, &error) == WRT_OK) {
      wrt_release(script);
    } else {
      failures++;
      CHECK(error.message_len > 0);
      wrt_error_clear(&error);
    }
    free(part);
  }
  CHECK(failures > len / 2);
}

int main(void) {
  commands_are_json();
  modules_are_borrowed();
  files_have_names();
  errors_have_a_place();
  damage_is_an_error();
  return check_done();
}
