// The fuzzer's entry: a text is read as everything that comes from outside; what begins with T, as
// no JSON does, are figures of reports.
#include "properties.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace credits::core::fuzz;
    if (size > 0 && data[0] == 'T') {
        check_report_totals(data + 1, size - 1);
    } else {
        const std::string_view text(reinterpret_cast<const char*>(data), size);
        check_price_file(text);
        check_report(text);
        check_event(text);
        check_signature(text);
    }
    return 0;
}
