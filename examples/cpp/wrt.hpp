// What a C++ program puts around the functions of wrt.h: handles that are released, failures that are thrown. C++98 is enough.
#ifndef WRT_HPP
#define WRT_HPP

#include <sstream>
#include <stdexcept>
#include <wrt.h>

// A handle that is released at the end of its scope; `&handle` is the place for an output.
template <class T> class Handle {
    T *pointer;
    Handle(const Handle &);
    Handle &operator=(const Handle &);

public:
    Handle() : pointer() {}
    ~Handle() { wrt_release(pointer); }
    operator T *() const { return pointer; }
    T **operator&() { return &pointer; }
};

// The last argument of a function: throws what it was told of a failure.
class Check {
    wrt_error error;

public:
    Check() : error() {}
    operator wrt_error *() { return &error; }
    void operator=(int32_t status) {
        if (status == WRT_OK) return;
        std::ostringstream text;
        text << wrt_status_name(status) << ": " << error.message;
        if (status == WRT_ERR_TRAP) text << "\n  trap " << error.trap << ", " << wrt_trap_name(error.trap);
        wrt_frame frame = wrt_frame();
        frame.struct_size = sizeof frame;
        for (size_t i = 0; wrt_error_frame(&error, i, &frame) == WRT_OK; i++)
            text << "\n  in " << (frame.func_name ? frame.func_name : "?");
        wrt_error_clear(&error);
        throw std::runtime_error(text.str());
    }
};

#endif
