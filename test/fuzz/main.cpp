// The fuzzer's entry: a text is read as a price file and as a usage report; what begins with T, as
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
    }
    return 0;
}
