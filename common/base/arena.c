#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

enum { ARENA_ALIGNMENT = 16 };
_Static_assert(alignof(max_align_t) <= ARENA_ALIGNMENT, "what malloc aligns, the arena aligns");

enum gm_status gm_arena_init(struct gm_arena *arena, size_t capacity)
{
    uint8_t *base = malloc(capacity == 0 ? 1 : capacity);
    if (base == NULL) return GM_NO_SPACE;
    ASAN_POISON_MEMORY_REGION(base, capacity);
    *arena = (struct gm_arena){.base = base, .capacity = capacity};
    return GM_OK;
}

void gm_arena_release(struct gm_arena *arena)
{
    if (arena == NULL || arena->base == NULL) return;
    ASAN_UNPOISON_MEMORY_REGION(arena->base, arena->capacity);
    free(arena->base);
    *arena = (struct gm_arena){0};
}

void gm_arena_reset(struct gm_arena *arena)
{
    gm_arena_rewind(arena, 0);
}

void *gm_arena_alloc(struct gm_arena *arena, size_t size)
{
    const size_t padding = -arena->used & (ARENA_ALIGNMENT - 1);
    const size_t left = arena->capacity - arena->used;
    if (padding > left || size > left - padding) return NULL;

    uint8_t *at = arena->base + arena->used + padding;
    arena->used += padding + size;
    ASAN_UNPOISON_MEMORY_REGION(at, size);
    return at;
}

void *gm_arena_zalloc(struct gm_arena *arena, size_t size)
{
    void *at = gm_arena_alloc(arena, size);
    return at == NULL ? NULL : memset(at, 0, size);
}

void *gm_arena_zalloc_array(struct gm_arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) return NULL;
    return gm_arena_zalloc(arena, total);
}

void *gm_arena_copy(struct gm_arena *arena, const void *at, size_t size)
{
    void *copy = gm_arena_alloc(arena, size);
    if (copy != NULL && size > 0) memcpy(copy, at, size);
    return copy;
}

char *gm_arena_copy_text(struct gm_arena *arena, struct gm_bytes text)
{
    if (text.size == SIZE_MAX) return NULL;
    char *copy = gm_arena_alloc(arena, text.size + 1);
    if (copy == NULL) return NULL;
    if (text.size > 0) memcpy(copy, text.at, text.size);
    copy[text.size] = '\0';
    return copy;
}

char *gm_arena_format(struct gm_arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    GM_ASSERT(length >= 0);
    char *text = gm_arena_alloc(arena, (size_t)length + 1);
    if (text != NULL) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

size_t gm_arena_mark(const struct gm_arena *arena)
{
    return arena->used;
}

void gm_arena_rewind(struct gm_arena *arena, size_t mark)
{
    GM_ASSERT(mark <= arena->used);
    ASAN_POISON_MEMORY_REGION(arena->base + mark, arena->used - mark);
    arena->used = mark;
}
