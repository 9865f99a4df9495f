/* runtime/fifo.h - a queue of records of any size, kept in chunks: what is pushed does not move
 * until it is popped. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct gm_fifo_chunk;

struct gm_fifo {
    struct gm_fifo_chunk *first;
    struct gm_fifo_chunk *last;
    struct gm_fifo_chunk *spare; /* one, so that a queue that fills and drains does not allocate */
    uint64_t bytes;              /* of all records */
    uint64_t count;
};

void gm_fifo_release(struct gm_fifo *fifo);
/* Room for a record of that size at the end, aligned to 8, to be filled in. Never NULL: out of
 * memory ends the process. */
void *gm_fifo_push(struct gm_fifo *fifo, size_t size);
/* The first record; NULL where there is none. */
void *gm_fifo_front(const struct gm_fifo *fifo);
/* Drops the first record. */
void gm_fifo_pop(struct gm_fifo *fifo);
