// Texts of callers as errors quote them: of any length, so only their beginning is shown.
// Owns how much of one is shown; never changes what is stored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace credits::core {

// beginning_of is a text, or the beginning of a long one up to a whole character of UTF-8.
inline std::string_view beginning_of(std::string_view text) {
    constexpr std::size_t shown = 60;
    if (text.size() <= shown) {
        return text;
    }
    std::size_t length = shown;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
        --length;
    }
    return text.substr(0, length);
}

// shortened says by "..." that there was more.
inline std::string shortened(std::string_view text) {
    const std::string_view beginning = beginning_of(text);
    return std::string(beginning) + (beginning.size() < text.size() ? "..." : "");
}

} // namespace credits::core
