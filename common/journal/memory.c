#include "journal/memory.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/assert.h"

enum { PROBED_MAX = 65536 }; /* batches that probe looks back over: what the contract asks for */

struct gm_journal_medium {
    pthread_mutex_t lock; /* of everything below */
    struct gm_journal_tail tail;
    struct gm_batch *batches; /* owns their entries */
    size_t count;
    size_t capacity;
    uint64_t entry_bytes; /* of all batches */
    uint32_t open_count;
    enum gm_journal_fault fault;
};

struct memory_journal {
    struct gm_journal journal;
    struct gm_journal_medium *medium;
    bool over; /* an append gave UNKNOWN */
};

static struct memory_journal *memory_of(struct gm_journal *journal)
{
    return (struct memory_journal *)journal;
}

/* Out of memory is the end of a simulation, not one of its faults. */
static void *must(void *memory)
{
    GM_ASSERT(memory != NULL);
    return memory;
}

static void lock(struct gm_journal_medium *medium)
{
    const int error = pthread_mutex_lock(&medium->lock);
    GM_ASSERT(error == 0);
}

static void unlock(struct gm_journal_medium *medium)
{
    const int error = pthread_mutex_unlock(&medium->lock);
    GM_ASSERT(error == 0);
}

static void store(struct gm_journal_medium *medium, const struct gm_batch *batch)
{
    if (medium->count == medium->capacity) {
        medium->capacity = medium->capacity == 0 ? 8 : 2 * medium->capacity;
        medium->batches =
            must(realloc(medium->batches, medium->capacity * sizeof *medium->batches));
    }
    uint8_t *entries = must(malloc(batch->entries.size));
    memcpy(entries, batch->entries.at, batch->entries.size);

    struct gm_batch *stored = &medium->batches[medium->count++];
    *stored = *batch;
    stored->entries = gm_bytes(entries, batch->entries.size);
    medium->entry_bytes += batch->entries.size;
    medium->tail.seq = gm_batch_last_seq(batch);
    medium->tail.hash = batch->hash;
    medium->tail.fold_version = batch->fold_version;
}

/* The batch that holds seq, or NULL. */
static const struct gm_batch *find(const struct gm_journal_medium *medium, uint64_t seq)
{
    if (seq == 0 || seq > medium->tail.seq) return NULL;
    size_t low = 0;
    size_t high = medium->count; /* batches[low] begins at or before seq, batches[high] after it */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (medium->batches[middle].first_seq <= seq) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &medium->batches[low];
}

static enum gm_status memory_tail(struct gm_journal *journal, struct gm_journal_tail *ret_tail)
{
    struct gm_journal_medium *medium = memory_of(journal)->medium;
    lock(medium);
    *ret_tail = medium->tail;
    unlock(medium);
    return GM_OK;
}

static enum gm_status memory_fence(struct gm_journal *journal, uint64_t *ret_epoch)
{
    struct gm_journal_medium *medium = memory_of(journal)->medium;
    lock(medium);
    *ret_epoch = ++medium->tail.epoch;
    unlock(medium);
    return GM_OK;
}

static enum gm_append append_locked(struct gm_journal_medium *medium, struct gm_batch *batch)
{
    const enum gm_journal_fault fault = medium->fault;
    medium->fault = GM_JOURNAL_NO_FAULT;
    if (fault == GM_JOURNAL_FENCE_FIRST) medium->tail.epoch++;

    const enum gm_append admitted = gm_journal_admit(&medium->tail, batch);
    if (admitted != GM_APPEND_ACKED) return admitted;
    if (fault == GM_JOURNAL_REJECT) return GM_APPEND_REJECTED;
    if (fault == GM_JOURNAL_UNKNOWN_LOST) return GM_APPEND_UNKNOWN;
    store(medium, batch);
    return fault == GM_JOURNAL_UNKNOWN_LANDED ? GM_APPEND_UNKNOWN : GM_APPEND_ACKED;
}

static enum gm_append memory_append(struct gm_journal *journal, struct gm_batch *batch)
{
    struct memory_journal *memory = memory_of(journal);
    if (memory->over) return GM_APPEND_UNKNOWN;
    lock(memory->medium);
    const enum gm_append outcome = append_locked(memory->medium, batch);
    unlock(memory->medium);
    memory->over = outcome == GM_APPEND_UNKNOWN;
    return outcome;
}

static enum gm_status memory_probe(struct gm_journal *journal, struct gm_id batch_id,
                                   uint64_t *ret_first_seq)
{
    struct gm_journal_medium *medium = memory_of(journal)->medium;
    enum gm_status status = GM_NOT_FOUND;
    lock(medium);
    const size_t oldest = medium->count > PROBED_MAX ? medium->count - PROBED_MAX : 0;
    for (size_t i = medium->count; i > oldest && status == GM_NOT_FOUND; i--) {
        if (!gm_id_equal(medium->batches[i - 1].batch_id, batch_id)) continue;
        *ret_first_seq = medium->batches[i - 1].first_seq;
        status = GM_OK;
    }
    unlock(medium);
    return status;
}

static enum gm_status memory_read(struct gm_journal *journal, uint64_t seq, uint8_t *buffer,
                                  struct gm_batch *ret_batch)
{
    struct gm_journal_medium *medium = memory_of(journal)->medium;
    struct gm_batch batch = {0};
    lock(medium);
    const struct gm_batch *stored = find(medium, seq);
    if (stored != NULL) {
        batch = *stored;
        memcpy(buffer, stored->entries.at, stored->entries.size);
        batch.entries.at = buffer;
    }
    unlock(medium);
    if (stored == NULL) return GM_NOT_FOUND;

    const enum gm_status status = gm_batch_verify(&batch);
    if (status != GM_OK) return status;
    *ret_batch = batch;
    return GM_OK;
}

static void memory_space(struct gm_journal *journal, struct gm_journal_space *ret_space)
{
    struct gm_journal_medium *medium = memory_of(journal)->medium;
    lock(medium);
    const uint64_t used = medium->entry_bytes + medium->count * GM_BATCH_STORED_BYTES;
    unlock(medium);
    *ret_space = (struct gm_journal_space){
        .used_bytes = used,
        .file_bytes = used,
        .disk_free_bytes = UINT64_MAX,
    };
}

static bool memory_tend(struct gm_journal *journal, uint64_t floor_bytes)
{
    (void)journal;
    (void)floor_bytes;
    return false;
}

static void memory_close(struct gm_journal *journal)
{
    struct memory_journal *memory = memory_of(journal);
    lock(memory->medium);
    memory->medium->open_count--;
    unlock(memory->medium);
    free(memory);
}

static const struct gm_journal_ops memory_ops = {
    .tail = memory_tail,
    .fence = memory_fence,
    .append = memory_append,
    .probe = memory_probe,
    .read = memory_read,
    .space = memory_space,
    .tend = memory_tend,
    .close = memory_close,
};

struct gm_journal_medium *gm_journal_medium_new(uint64_t journal_id)
{
    GM_ASSERT(journal_id != 0);
    struct gm_journal_medium *medium = must(calloc(1, sizeof *medium));
    const int error = pthread_mutex_init(&medium->lock, NULL);
    GM_ASSERT(error == 0);
    medium->tail.journal_id = journal_id;
    return medium;
}

void gm_journal_medium_free(struct gm_journal_medium *medium)
{
    if (medium == NULL) return;
    GM_ASSERT(medium->open_count == 0);
    for (size_t i = 0; i < medium->count; i++) {
        free((void *)medium->batches[i].entries.at);
    }
    free(medium->batches);
    pthread_mutex_destroy(&medium->lock);
    free(medium);
}

struct gm_journal_medium *gm_journal_medium_fork(struct gm_journal_medium *medium, uint64_t through,
                                                 uint64_t new_id)
{
    GM_ASSERT(new_id != medium->tail.journal_id);
    struct gm_journal_medium *fork = NULL;
    lock(medium);
    const struct gm_batch *last = find(medium, through);
    if (last != NULL) {
        fork = gm_journal_medium_new(new_id);
        for (const struct gm_batch *batch = medium->batches; batch <= last; batch++) {
            store(fork, batch);
        }
        fork->tail.parent_id = medium->tail.journal_id;
        fork->tail.parent_through = fork->tail.seq;
        fork->tail.epoch = medium->tail.epoch;
    }
    unlock(medium);
    return fork;
}

void gm_journal_medium_fail_next(struct gm_journal_medium *medium, enum gm_journal_fault fault)
{
    lock(medium);
    medium->fault = fault;
    unlock(medium);
}

void gm_journal_medium_flip(struct gm_journal_medium *medium, uint64_t seq, size_t bit)
{
    lock(medium);
    const struct gm_batch *batch = find(medium, seq);
    GM_ASSERT(batch != NULL);
    struct gm_bytes rest = batch->entries;
    for (uint64_t skip = seq - batch->first_seq; skip > 0; skip--) {
        const size_t size = gm_entry_peek(rest);
        GM_ASSERT(size > 0);
        rest = gm_bytes(rest.at + size, rest.size - size);
    }
    GM_ASSERT(bit / 8 < rest.size); /* the entry's own size may have been flipped before */
    ((uint8_t *)rest.at)[bit / 8] ^= (uint8_t)(1U << bit % 8);
    unlock(medium);
}

struct gm_journal *gm_journal_memory_open(struct gm_journal_medium *medium)
{
    struct memory_journal *memory = must(calloc(1, sizeof *memory));
    memory->journal.ops = &memory_ops;
    memory->medium = medium;
    lock(medium);
    medium->open_count++;
    unlock(medium);
    return &memory->journal;
}
