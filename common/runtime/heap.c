#include "runtime/heap.h"

#include <stdlib.h>

#include "base/assert.h"

static bool before(const struct gm_due *a, const struct gm_due *b)
{
    if (a->at_ms != b->at_ms) return a->at_ms < b->at_ms;
    if (a->kind != b->kind) return a->kind < b->kind;
    return gm_id_compare(a->id, b->id) < 0;
}

void gm_heap_release(struct gm_heap *heap)
{
    free(heap->rows);
    *heap = (struct gm_heap){0};
}

void gm_heap_push(struct gm_heap *heap, struct gm_due due)
{
    if (heap->count == heap->capacity) {
        heap->capacity = heap->capacity == 0 ? 64 : heap->capacity * 2;
        heap->rows = realloc(heap->rows, heap->capacity * sizeof *heap->rows);
        GM_ASSERT(heap->rows != NULL);
    }
    uint32_t at = heap->count++;
    while (at > 0 && before(&due, &heap->rows[(at - 1) / 2])) {
        heap->rows[at] = heap->rows[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->rows[at] = due;
}

bool gm_heap_pop_due(struct gm_heap *heap, int64_t now_ms, struct gm_due *ret_due)
{
    if (heap->count == 0 || heap->rows[0].at_ms > now_ms) return false;
    *ret_due = heap->rows[0];
    const struct gm_due last = heap->rows[--heap->count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= heap->count) break;
        if (child + 1 < heap->count && before(&heap->rows[child + 1], &heap->rows[child])) child++;
        if (!before(&heap->rows[child], &last)) break;
        heap->rows[at] = heap->rows[child];
        at = child;
    }
    heap->rows[at] = last;
    return true;
}

int64_t gm_heap_next_ms(const struct gm_heap *heap)
{
    return heap->count == 0 ? INT64_MAX : heap->rows[0].at_ms;
}
