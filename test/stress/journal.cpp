// Owns the file. One write() a line: a line is in the file as a whole or, if this program is
// killed, not at all.
#include "journal.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace stress {
namespace {

constexpr const char* knowledge_names[] = {"committed", "undone", "unknown"};

} // namespace

Journal::Journal(const std::string& path)
    : file_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    if (file_ < 0) {
        throw std::runtime_error(path + ": " + std::strerror(errno));
    }
}

Journal::~Journal() {
    close(file_);
}

void Journal::committed(const Call& call, const Answer& answer) {
    append(Knowledge::committed, call, &answer);
}

void Journal::undone(const Call& call) {
    // Of a shared call another connection's attempt may well have been committed.
    if (!call.shared) {
        append(Knowledge::undone, call, nullptr);
    }
}

void Journal::unknown(const Call& call) {
    append(Knowledge::unknown, call, nullptr);
}

void Journal::append(Knowledge knowledge, const Call& call, const Answer* answer) {
    if (!call.keeps_op()) {
        return;
    }
    const auto at = static_cast<std::size_t>(knowledge);
    std::string line = std::string(knowledge_names[at]) + "\t" + call.account + "\t" +
                       name_of(call.verb) + "\t" + call.op + "\t" + call.key.value_or("\\N") + "\t";
    if (answer == nullptr) {
        line += "\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n";
    } else {
        line += std::to_string(answer->number) + "\t" + answer->kind + "\t" + answer->amount +
                "\t" + answer->cost + "\t" + answer->balance + "\t" +
                (answer->replayed ? "t" : "f") + "\n";
    }
    const std::lock_guard lock(mutex_);
    if (write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        throw std::runtime_error(std::string("the journal cannot be written: ") +
                                 std::strerror(errno));
    }
    ++counts_[at];
}

} // namespace stress
