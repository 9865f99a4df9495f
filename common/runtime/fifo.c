#include "runtime/fifo.h"

#include <stdlib.h>

#include "base/assert.h"

enum { CHUNK_BYTES = 64 * 1024, ALIGN = 8 };

struct gm_fifo_chunk {
    struct gm_fifo_chunk *next;
    size_t capacity;
    size_t begin;
    size_t end;
    _Alignas(ALIGN) uint8_t bytes[];
};

static struct gm_fifo_chunk *chunk_new(struct gm_fifo *fifo, size_t size)
{
    struct gm_fifo_chunk *chunk = fifo->spare;
    if (chunk != NULL && chunk->capacity >= size) {
        fifo->spare = NULL;
    } else {
        const size_t capacity = size > CHUNK_BYTES ? size : CHUNK_BYTES;
        chunk = malloc(sizeof *chunk + capacity);
        GM_ASSERT(chunk != NULL);
        chunk->capacity = capacity;
    }
    chunk->next = NULL;
    chunk->begin = chunk->end = 0;
    return chunk;
}

void gm_fifo_release(struct gm_fifo *fifo)
{
    while (fifo->first != NULL) {
        struct gm_fifo_chunk *next = fifo->first->next;
        free(fifo->first);
        fifo->first = next;
    }
    free(fifo->spare);
    *fifo = (struct gm_fifo){0};
}

void *gm_fifo_push(struct gm_fifo *fifo, size_t size)
{
    const size_t whole = (sizeof(uint64_t) + size + ALIGN - 1) / ALIGN * ALIGN;
    if (fifo->last == NULL || fifo->last->capacity - fifo->last->end < whole) {
        struct gm_fifo_chunk *chunk = chunk_new(fifo, whole);
        if (fifo->last == NULL)
            fifo->first = chunk;
        else
            fifo->last->next = chunk;
        fifo->last = chunk;
    }
    uint8_t *at = fifo->last->bytes + fifo->last->end;
    *(uint64_t *)(void *)at = whole;
    fifo->last->end += whole;
    fifo->bytes += whole;
    fifo->count++;
    return at + sizeof(uint64_t);
}

void *gm_fifo_front(const struct gm_fifo *fifo)
{
    if (fifo->count == 0) return NULL;
    return fifo->first->bytes + fifo->first->begin + sizeof(uint64_t);
}

void gm_fifo_pop(struct gm_fifo *fifo)
{
    GM_ASSERT(fifo->count > 0);
    struct gm_fifo_chunk *chunk = fifo->first;
    const uint64_t whole = *(uint64_t *)(void *)(chunk->bytes + chunk->begin);
    chunk->begin += whole;
    fifo->bytes -= whole;
    fifo->count--;
    if (chunk->begin < chunk->end) return;
    fifo->first = chunk->next;
    if (fifo->first == NULL) fifo->last = NULL;
    if (fifo->spare == NULL && chunk->capacity == CHUNK_BYTES)
        fifo->spare = chunk;
    else
        free(chunk);
}
