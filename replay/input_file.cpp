// Owns the opening of plain and compressed files; decompression is gzip's own program, started
// without a shell. Must never leave that process behind.
#include "input_file.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

extern char** environ; // NOLINT(readability-redundant-declaration): not every libc declares it

namespace replay {
namespace {

std::runtime_error failure(const std::string& path, const std::string& what) {
    return std::runtime_error(path + ": " + what);
}

} // namespace

InputFile::InputFile(std::string path)
    : path_(std::move(path)), stream_(std::fopen(path_.c_str(), "rbe")) {
    if (stream_ == nullptr) {
        throw failure(path_, std::strerror(errno));
    }
    unsigned char magic[2] = {};
    const std::size_t size = std::fread(magic, 1, sizeof magic, stream_);
    if (size == 0) {
        const int error = std::ferror(stream_) != 0 ? errno : 0;
        std::fclose(stream_);
        throw failure(path_, error != 0 ? std::strerror(error) : "the file is empty");
    }
    std::rewind(stream_);
    if (size == sizeof magic && magic[0] == 0x1f && magic[1] == 0x8b) {
        open_through_gzip();
    }
}

InputFile::~InputFile() {
    if (stream_ != nullptr) {
        std::fclose(stream_);
    }
    if (gzip_ > 0) {
        kill(gzip_, SIGKILL);
        waitpid(gzip_, nullptr, 0);
    }
}

void InputFile::open_through_gzip() {
    int ends[2] = {};
    if (pipe2(ends, O_CLOEXEC) != 0) {
        const int error = errno;
        std::fclose(std::exchange(stream_, nullptr));
        throw failure(path_, std::strerror(error));
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(stream_), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const std::string program = "gzip";
    const std::string options = "-dc";
    // posix_spawn takes pointers to non-const but does not write to them.
    char* const arguments[] = {
        const_cast<char*>(program.c_str()), const_cast<char*>(options.c_str()), nullptr};
    lseek(fileno(stream_), 0, SEEK_SET);
    const int error = posix_spawnp(&gzip_, "gzip", &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    std::fclose(std::exchange(stream_, fdopen(ends[0], "rb")));
    if (error != 0) {
        gzip_ = -1;
        std::fclose(std::exchange(stream_, nullptr));
        throw failure(path_,
                      std::string("is compressed, and gzip cannot be started: ") +
                          std::strerror(error));
    }
}

bool InputFile::next_line(std::string& line) {
    line.clear();
    char* text = nullptr;
    std::size_t capacity = 0;
    const ssize_t size = getline(&text, &capacity, stream_);
    if (size > 0) {
        line.assign(text, static_cast<std::size_t>(size));
        if (line.ends_with('\n')) {
            line.pop_back();
        }
        if (line.ends_with('\r')) {
            line.pop_back();
        }
    }
    std::free(text);
    return size > 0;
}

std::size_t InputFile::read(char* buffer, std::size_t size) {
    return std::fread(buffer, 1, size, stream_);
}

void InputFile::finish() {
    const bool failed = std::ferror(stream_) != 0;
    std::fclose(std::exchange(stream_, nullptr));
    if (gzip_ > 0) {
        int status = 0;
        waitpid(std::exchange(gzip_, -1), &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            throw failure(
                path_, "gzip could not decompress it to the end; the file is damaged or cut short");
        }
    }
    if (failed) {
        throw failure(path_, "could not be read to the end");
    }
}

} // namespace replay
