// Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. C++98 is enough.
//
//   c++ examples/cpp/job.cpp -I include -L target/release -Wl,-rpath,"$PWD/target/release" -lwrt -o job
//   ./job examples/job.wat
#include "wrt.hpp"
#include <iostream>
#include <string>

// A host function must not let an exception out: it would have to pass through frames that know of none.
extern "C" int32_t twice(void *, wrt_caller *, wrt_val *slots, size_t, wrt_error *error) {
    try {
        int32_t number = int32_t(slots[0].lo);
        if (number < 0) throw std::invalid_argument("twice takes no negative number");
        slots[0].lo = uint32_t(number) * 2;
        return WRT_OK;
    } catch (const std::exception &e) {
        wrt_error_set(error, WRT_ERR_HOST, e.what(), size_t(-1));
        return WRT_ERR_HOST;
    }
}

static void call(const wrt_func *func, const char *name, int32_t a, int32_t b) try {
    Check check;
    wrt_val args[2] = {{uint32_t(a), 0}, {uint32_t(b), 0}}, result;
    std::cout << name << '(' << a << ", " << b << ')';
    check = wrt_func_call(func, args, 2, &result, 1, check);
    std::cout << " = " << int32_t(result.lo) << '\n';
} catch (const std::runtime_error &e) {
    std::cout << " fails: " << e.what() << '\n';
}

static void job(const char *path) {
    Check check;
    Handle<wrt_engine> engine;
    Handle<wrt_module> module;
    Handle<wrt_store> store;
    Handle<wrt_type> type;
    Handle<wrt_instance> instance;
    Handle<wrt_extern> host, sum, average, memory;
    check = wrt_engine_new(NULL, &engine, check);
    check = wrt_module_from_file(engine, path, size_t(-1), &module, check);
    check = wrt_store_new(engine, NULL, NULL, &store, check);
    check = wrt_type_parse(engine, "(func (param i32) (result i32))", size_t(-1), &type, check);
    check = wrt_func_new(store, type, twice, NULL, NULL, &host, check);
    const wrt_extern *imports[] = {host};
    check = wrt_instance_new(store, module, imports, 1, &instance, check);
    check = wrt_instance_export(instance, "sum", size_t(-1), &sum, check);
    check = wrt_instance_export(instance, "average", size_t(-1), &average, check);
    check = wrt_instance_export(instance, "memory", size_t(-1), &memory, check);

    call(sum, "sum", 20, 2);
    std::string text(22, ' ');
    check = wrt_memory_read(memory, 16, reinterpret_cast<uint8_t *>(&text[0]), text.size(), check);
    std::cout << text << '\n';
    call(sum, "sum", -1, 2);
    call(average, "average", 42, 0);
    check = wrt_close(store, check);
    call(sum, "sum", 20, 2);
}

int main(int argc, char **argv) {
    try {
        job(argc > 1 ? argv[1] : "examples/job.wat");
    } catch (const std::exception &e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
    std::cout << wrt_live_count() << " objects are left\n";
    return 0;
}
