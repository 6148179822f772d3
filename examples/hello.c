#include <stdio.h>
#include <string.h>
#include <wrt.h>

int main(void) {
    const char *wat = "(module (func (export \"add\") (param i32 i32) (result i32)"
                      "  (i32.add (local.get 0) (local.get 1))))";
    wrt_error err = {0};
    wrt_engine *engine = NULL;
    wrt_store *store = NULL;
    wrt_module *module = NULL;
    wrt_instance *instance = NULL;
    wrt_func *add = NULL;
    wrt_val args[2] = {{2, 0}, {3, 0}}, sum;

    if (wrt_engine_new(NULL, &engine, &err) != WRT_OK
        || wrt_module_new(engine, (const uint8_t *)wat, strlen(wat), &module, &err) != WRT_OK
        || wrt_store_new(engine, NULL, NULL, &store, &err) != WRT_OK
        || wrt_instance_new(store, module, NULL, 0, &instance, &err) != WRT_OK
        || wrt_instance_export(instance, "add", 3, &add, &err) != WRT_OK
        || wrt_func_call(add, args, 2, &sum, 1, &err) != WRT_OK)
        fprintf(stderr, "%s\n", err.message);
    else
        printf("2 + 3 = %d\n", (int)(int32_t)sum.lo);

    int failed = err.status != WRT_OK;
    wrt_error_clear(&err);
    wrt_release(add);
    wrt_release(instance);
    wrt_release(store);
    wrt_release(module);
    wrt_release(engine);
    return failed;
}
