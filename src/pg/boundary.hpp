// The one place where C++ and the server's error handling meet. C++ objects live only inside a
// computation run by compute_or_raise, where nothing can raise a server error; its exceptions
// become plain data, every C++ frame is left, and only then is the error raised.
#pragma once

#include <type_traits>
#include <utility>

namespace credits::pg {

// Report is an error as plain data.
struct Report {
    int sqlstate = 0;
    char message[512] = {};
    char detail[1024] = {};
    char hint[512] = {};
};

static_assert(std::is_trivially_destructible_v<Report>);

// describe_current_exception: overflow and range → 22003, no memory → 53200, invalid → 22023.
void describe_current_exception(Report& report) noexcept;

[[noreturn]] void raise(const Report& report);

template <class Compute>
__attribute__((noinline)) bool
capture(Compute& compute, std::invoke_result_t<Compute&>& result, Report& report) noexcept {
    try {
        result = compute();
        return true;
    } catch (...) {
        describe_current_exception(report);
        return false;
    }
}

template <class Compute>
auto compute_or_raise(Compute compute) {
    using Result = std::invoke_result_t<Compute&>;
    static_assert(std::is_trivially_copyable_v<Result>, "only plain data crosses into the server");
    static_assert(std::is_trivially_destructible_v<Compute>,
                  "capture references and plain values only");
    Result result{};
    Report report;
    if (!capture(compute, result, report)) {
        raise(report);
    }
    return result;
}

} // namespace credits::pg
