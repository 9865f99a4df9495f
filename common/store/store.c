#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "store/internal.h"

enum {
    META_AND_PARTS = 2,
    OWN_READERS = 2, /* the owner's view, and the count of free pages */
    CACHE_SLOTS_DEFAULT = 1 << 17,
    CACHE_SLOTS_FIRST = 1 << 12, /* 1 MiB */
    CACHE_SLOTS_FIRST_SMALL = 1 << 6,
    INDEX_SLOTS_FIRST = 1 << 12,
    INDEX_SLOTS_FIRST_SMALL = 1 << 6,
    PAGE_BYTES = 4096,
};
#define FILL_AHEAD_BYTES (UINT64_C(16) << 20)

static void set_tables(struct gm_store *store, const struct gm_store_config *config)
{
    store->tables = config->tables;
    for (const struct gm_table *const *at = config->tables; *at != NULL; at++) {
        const struct gm_table *table = *at;
        GM_ASSERT(table->number > 0 && table->number < GM_TABLES_MAX);
        GM_ASSERT(store->numbers[table->number] == NULL);
        GM_ASSERT(strcmp(table->name, "meta") != 0 && strcmp(table->name, "parts") != 0);
        store->numbers[table->number] = table;
    }
}

/* One reservation for everything that grows: pages are taken from the system as they are touched.
 */
static bool reserve_memory(struct gm_store *store, uint32_t cache_slots_max)
{
    const uint32_t first = store->small ? CACHE_SLOTS_FIRST_SMALL : CACHE_SLOTS_FIRST;
    const uint32_t slots_max = cache_slots_max == 0 ? CACHE_SLOTS_DEFAULT : cache_slots_max;
    const uint32_t index_slots = store->small ? INDEX_SLOTS_FIRST_SMALL : INDEX_SLOTS_FIRST;
    const size_t half_bytes = gm_half_memory_bytes();
    const size_t cache_bytes = (size_t)slots_max * GM_CACHE_SLOT_BYTES;

    store->memory_bytes = 2 * half_bytes + cache_bytes + GM_IMAGE_BYTES_MAX;
    void *memory = mmap(NULL, store->memory_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return false;
    /* A large page for each small beginning would make an idle store big. The cache asks for them.
     */
    (void)madvise(memory, store->memory_bytes, MADV_NOHUGEPAGE);

    uint8_t *at = memory;
    gm_half_init(&store->halves[0], at, index_slots);
    gm_half_init(&store->halves[1], at + half_bytes, index_slots);
    gm_cache_init(&store->cache, at + 2 * half_bytes, first < slots_max ? first : slots_max,
                  slots_max);
    store->image = at + 2 * half_bytes + cache_bytes;
    store->active = &store->halves[0];
    store->memory = memory;
    return true;
}

/* The stamps as they stand, or those of a new environment. */
static enum gm_status check_stamps(const struct gm_store_config *config, MDB_txn *txn, MDB_dbi meta,
                                   struct gm_stamps *ret_stamps, char *ret_why, size_t why_size)
{
    const enum gm_status status = gm_stamps_get(txn, meta, ret_stamps);
    if (status == GM_NOT_FOUND) {
        *ret_stamps =
            (struct gm_stamps){.schema = config->schema, .journal_id = config->journal_id};
        memcpy(ret_stamps->service, config->service, strlen(config->service));
        if (config->journal_id != 0) return GM_OK;
        return gm_explain(GM_NOT_FOUND, ret_why, why_size, "the tables in %s were never made",
                          config->path);
    }
    if (status == GM_NEWER) {
        return gm_explain(
            status, ret_why, why_size,
            "the tables in %s are of a format newer than %d: use the program that wrote them",
            config->path, GM_STORE_FORMAT);
    }
    if (status != GM_OK) {
        return gm_explain(status, ret_why, why_size, "the stamps of the tables in %s are damaged",
                          config->path);
    }
    if (strcmp(ret_stamps->service, config->service) != 0) {
        return gm_explain(GM_REFUSED, ret_why, why_size, "the tables in %s belong to %s, not to %s",
                          config->path, ret_stamps->service, config->service);
    }
    if (config->journal_id != 0 && ret_stamps->journal_id != config->journal_id) {
        return gm_explain(GM_REFUSED, ret_why, why_size,
                          "the tables in %s belong to journal %016llx, not to %016llx",
                          config->path, (unsigned long long)ret_stamps->journal_id,
                          (unsigned long long)config->journal_id);
    }
    if (ret_stamps->schema > config->schema) {
        return gm_explain(
            GM_NEWER, ret_why, why_size,
            "the tables in %s have schema %u, newer than %u: use the program that wrote them",
            config->path, ret_stamps->schema, config->schema);
    }
    return GM_OK;
}

/* Whether something else lives in the environment, such as a journal. */
static bool is_foreign(MDB_txn *txn)
{
    MDB_dbi names;
    MDB_dbi meta;
    MDB_stat stat;
    return mdb_dbi_open(txn, "meta", 0, &meta) == MDB_NOTFOUND &&
           mdb_dbi_open(txn, NULL, 0, &names) == 0 && mdb_stat(txn, names, &stat) == 0 &&
           stat.ms_entries > 0;
}

static int open_tables(struct gm_store *store, MDB_txn *txn)
{
    int result = mdb_dbi_open(txn, "parts", MDB_CREATE, &store->parts);
    for (const struct gm_table *const *at = store->tables; result == 0 && *at != NULL; at++) {
        result = mdb_dbi_open(txn, (*at)->name, MDB_CREATE, &store->databases[(*at)->number]);
    }
    return result;
}

/* Databases and stamps in one transaction, which writes nothing where all of them stand already. */
static enum gm_status open_databases(struct gm_store *store, const struct gm_store_config *config,
                                     char *ret_why, size_t why_size)
{
    MDB_txn *txn = NULL;
    int result = mdb_txn_begin(store->env.mdb, NULL, 0, &txn);
    if (result == 0 && is_foreign(txn)) {
        mdb_txn_abort(txn);
        return gm_explain(GM_REFUSED, ret_why, why_size, "what lies in %s is no tables",
                          config->path);
    }
    if (result == 0) result = mdb_dbi_open(txn, "meta", MDB_CREATE, &store->meta);
    if (result == 0) {
        const enum gm_status status =
            check_stamps(config, txn, store->meta, &store->stamps, ret_why, why_size);
        if (status != GM_OK) {
            mdb_txn_abort(txn);
            return status;
        }
        result = open_tables(store, txn);
    }
    MDB_stat stat;
    if (result == 0) result = mdb_stat(txn, store->meta, &stat);
    if (result == 0 && stat.ms_entries == 0) {
        result = gm_stamps_put(txn, store->meta, &store->stamps);
    }
    if (result == 0) {
        result = mdb_txn_commit(txn);
    } else {
        mdb_txn_abort(txn);
    }
    if (result == 0) {
        result = mdb_txn_begin(store->env.mdb, NULL, MDB_RDONLY, &store->live.txn);
    }
    if (result == 0) return GM_OK;
    return gm_explain(gm_env_status(result), ret_why, why_size, "cannot open the tables in %s: %s",
                      config->path, mdb_strerror(result));
}

static enum gm_status open_store(struct gm_store *store, const struct gm_store_config *config,
                                 char *ret_why, size_t why_size)
{
    unsigned databases = META_AND_PARTS;
    for (const struct gm_table *const *at = config->tables; *at != NULL; at++) {
        databases++;
    }
    const struct gm_env_config env_config = {
        .path = config->path,
        .make = config->journal_id != 0,
        .map_bytes = config->map_bytes == 0 ? GM_MAP_BYTES_DEFAULT : config->map_bytes,
        .databases = databases,
        .readers = GM_READERS_MAX + OWN_READERS,
    };
    enum gm_status status = gm_env_open(&env_config, ret_why, why_size, &store->env);
    if (status != GM_OK) return status;
    status = open_databases(store, config, ret_why, why_size);
    if (status != GM_OK) return status;

    store->last_keys = calloc(GM_TABLES_MAX, sizeof *store->last_keys);
    if (store->last_keys == NULL || !reserve_memory(store, config->cache_slots_max) ||
        gm_arena_init(&store->joined, GM_VALUE_BYTES_MAX) != GM_OK) {
        return gm_explain(GM_NO_SPACE, ret_why, why_size,
                          "no memory for the overlay of the tables in %s", config->path);
    }
    store->hash = store->stamps.hash;
    struct gm_env_space space;
    gm_env_space(&store->env, &space);
    store->used_bytes = space.end_bytes - gm_env_free_bytes(&store->env);
    return GM_OK;
}

enum gm_status gm_store_open(const struct gm_store_config *config, char *ret_why, size_t why_size,
                             struct gm_store **ret_store)
{
    GM_ASSERT(strlen(config->service) > 0 && strlen(config->service) < GM_SERVICE_BYTES);
    struct gm_store *store = calloc(1, sizeof *store);
    if (store == NULL) return gm_explain(GM_NO_SPACE, ret_why, why_size, "no memory for a store");

    store->small = config->small;
    store->schema = config->schema;
    store->seed = (uint64_t)(uintptr_t)store * UINT64_C(0x9e3779b97f4a7c15);
    store->view = 1;
    store->live = (struct gm_rows){.store = store, .live = true};
    set_tables(store, config);
    for (size_t i = 0; i < GM_READERS_MAX; i++) {
        store->snapshots[i].rows.store = store;
        atomic_init(&store->snapshots[i].taken, false);
    }
    const enum gm_status status = open_store(store, config, ret_why, why_size);
    if (status != GM_OK) {
        gm_store_close(store);
        return status;
    }
    *ret_store = store;
    return GM_OK;
}

void gm_store_close(struct gm_store *store)
{
    if (store == NULL) return;
    for (size_t i = 0; i < GM_READERS_MAX; i++) {
        GM_ASSERT(!atomic_load(&store->snapshots[i].taken));
        if (store->snapshots[i].rows.txn != NULL) mdb_txn_abort(store->snapshots[i].rows.txn);
    }
    if (store->live.txn != NULL) mdb_txn_abort(store->live.txn);
    gm_env_close(&store->env);
    if (store->memory != NULL) munmap(store->memory, store->memory_bytes);
    gm_arena_release(&store->joined);
    free(store->last_keys);
    free(store);
}

uint64_t gm_store_journal_id(const struct gm_store *store)
{
    return store->stamps.journal_id;
}

uint32_t gm_store_schema(const struct gm_store *store)
{
    return store->stamps.schema;
}

uint64_t gm_store_applied(const struct gm_store *store)
{
    return store->stamps.applied;
}

const struct gm_rows *gm_store_rows(const struct gm_store *store)
{
    return &store->live;
}

uint64_t gm_store_hash(const struct gm_store *store)
{
    return store->hash;
}

struct gm_store_load gm_store_load(const struct gm_store *store)
{
    const struct gm_half *half = store->active;
    struct gm_store_load load = {
        .rows = gm_hint(&half->rows),
        .state_rows = half->state_rows,
        .bytes = gm_hint(&half->used),
    };
    load.due = load.rows >= GM_OVERLAY_ROWS_MAX || load.state_rows >= GM_OVERLAY_STATE_ROWS_MAX ||
               load.bytes >= GM_OVERLAY_BYTES_MAX;
    return load;
}

bool gm_store_has_room(const struct gm_store *store)
{
    const struct gm_store_load load = gm_store_load(store);
    return load.rows <= GM_OVERLAY_ROWS_MAX && load.state_rows <= GM_OVERLAY_STATE_ROWS_MAX &&
           load.bytes <= GM_OVERLAY_BYTES_MAX;
}

void gm_store_space(const struct gm_store *store, struct gm_store_space *ret_space)
{
    struct gm_env_space space;
    gm_env_space(&store->env, &space);
    *ret_space = (struct gm_store_space){
        .map_bytes = space.map_bytes,
        .used_bytes = store->used_bytes,
        .file_bytes = space.file_bytes,
        .disk_free_bytes = space.disk_free_bytes,
    };
}

bool gm_store_tend(struct gm_store *store, uint64_t floor_bytes)
{
    if (store->small) return false;
    return gm_half_prepare(&store->halves[0]) || gm_half_prepare(&store->halves[1]) ||
           gm_cache_prepare(&store->cache) ||
           gm_env_fill_ahead(&store->env, FILL_AHEAD_BYTES, floor_bytes);
}
