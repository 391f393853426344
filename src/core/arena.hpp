// Memory for results that outlive a computation: plain arrays in an arena that the caller owns.
// Nothing here has a destructor, so a server error may jump over any of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>

namespace credits::core {

// Arena hands out memory that is freed all at once; null means none is left.
class Arena {
  public:
    virtual void* allocate(std::size_t bytes) noexcept = 0;

    Arena() = default;
    Arena(const Arena&) = delete;
    Arena(Arena&&) = delete;
    Arena& operator=(const Arena&) = delete;
    Arena& operator=(Arena&&) = delete;

  protected:
    ~Arena() = default;
};

// allocate_array makes room for values whose alignment (16 bytes for money) an arena does not
// promise.
template <class T>
T* allocate_array(Arena& arena, std::size_t count) {
    // NOLINTNEXTLINE(bugprone-sizeof-expression): values may be pointers
    std::size_t room = sizeof(T) * count + alignof(T);
    void* memory = arena.allocate(room);
    if (memory == nullptr || std::align(alignof(T), room - alignof(T), memory, room) == nullptr) {
        throw std::bad_alloc();
    }
    return static_cast<T*>(memory);
}

// List is a growing array of plain values in an arena. Copying one copies the view, not the values.
template <class T>
class List {
  public:
    void push_back(Arena& arena, const T& value) { new_back(arena, value); }

    // emplace_back adds a value of defaults, to be filled in where it is.
    T& emplace_back(Arena& arena) { return new_back(arena); }

    // reserve makes room for that many values in all.
    void reserve(Arena& arena, std::uint32_t capacity) {
        if (capacity > capacity_) {
            move_to(arena, capacity);
        }
    }

    void drop_first(std::uint32_t count) noexcept {
        data_ += count;
        size_ -= count;
        capacity_ -= count;
    }

    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    [[nodiscard]] T* begin() noexcept { return data_; }

    [[nodiscard]] T* end() noexcept { return data_ + size_; }

    [[nodiscard]] const T* begin() const noexcept { return data_; }

    [[nodiscard]] const T* end() const noexcept { return data_ + size_; }

    [[nodiscard]] T& operator[](std::uint32_t index) noexcept { return data_[index]; }

    [[nodiscard]] const T& operator[](std::uint32_t index) const noexcept { return data_[index]; }

    [[nodiscard]] T& back() noexcept { return data_[size_ - 1]; }

  private:
    template <class... Values>
    T& new_back(Arena& arena, const Values&... values) {
        static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
        if (size_ == capacity_) {
            move_to(arena, capacity_ == 0 ? 4 : capacity_ * 2);
        }
        ++size_;
        return *::new (static_cast<void*>(data_ + size_ - 1)) T(values...);
    }

    void move_to(Arena& arena, std::uint32_t capacity) {
        auto* data = allocate_array<T>(arena, capacity);
        std::uninitialized_copy_n(data_, size_, data);
        data_ = data;
        capacity_ = capacity;
    }

    T* data_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
};

// copy_text puts a text that is about to die into the arena.
inline std::string_view copy_text(Arena& arena, std::string_view text) {
    auto* data = static_cast<char*>(arena.allocate(text.size() + 1));
    if (data == nullptr) {
        throw std::bad_alloc();
    }
    std::copy(text.begin(), text.end(), data);
    data[text.size()] = '\0';
    return {data, text.size()};
}

} // namespace credits::core
