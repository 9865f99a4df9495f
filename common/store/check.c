#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "store/internal.h"

/* What a call works with. */
struct checker {
    struct gm_snapshot *snapshot;
    struct gm_check *check;
    uint8_t *image;
    struct gm_arena arena;
    char *why;
    size_t why_size;
};

/* A key as hexadecimal digits, cut short. */
struct shown {
    char text[2 * 24 + 1];
};

static struct shown show(struct gm_bytes key)
{
    struct shown shown = {.text = ""};
    for (size_t i = 0; i < key.size && 2 * i + 2 < sizeof shown.text; i++) {
        snprintf(shown.text + 2 * i, sizeof shown.text - 2 * i, "%02x", key.at[i]);
    }
    return shown;
}

static enum gm_status check_row(struct checker *checker, const struct gm_table *table,
                                struct gm_bytes key, struct gm_bytes stored)
{
    struct gm_check *check = checker->check;
    const struct gm_rows *rows = &checker->snapshot->rows;
    if (key.size == 0 || key.size > GM_KEY_BYTES_MAX) {
        return gm_explain(GM_CORRUPT, checker->why, checker->why_size,
                          "table %s: a key of %zu bytes", table->name, key.size);
    }
    if (gm_bytes_compare(key, gm_key_bytes(&check->key)) <= 0) {
        return gm_explain(GM_CORRUPT, checker->why, checker->why_size,
                          "table %s: key %s is out of order", table->name, show(key).text);
    }
    struct gm_part_key part;
    gm_part_key_begin(&part, table->number, key);
    struct gm_bytes value;
    uint16_t further = 0;
    gm_arena_reset(&checker->arena);
    const enum gm_status status = gm_stored_join(rows->txn, rows->store->parts, &part, stored,
                                                 &checker->arena, &value, &further);
    if (status != GM_OK) {
        return gm_explain(GM_CORRUPT, checker->why, checker->why_size,
                          "table %s: the row with key %s or one of its parts is damaged",
                          table->name, show(key).text);
    }
    check->sum += gm_row_sum(checker->image, table, key, value);
    check->rows++;
    check->parts += further;
    memcpy(check->key.v, key.at, key.size);
    check->key.size = (uint16_t)key.size;
    return GM_OK;
}

/* Up to *budget rows of a table; GM_END behind its last one. */
static enum gm_status check_table(struct checker *checker, const struct gm_table *table,
                                  uint64_t *budget)
{
    struct gm_check *check = checker->check;
    const struct gm_rows *rows = &checker->snapshot->rows;
    MDB_cursor *cursor = NULL;
    if (mdb_cursor_open(rows->txn, rows->store->databases[table->number], &cursor) != 0) {
        return GM_NO_SPACE;
    }
    MDB_val key = gm_val(gm_key_bytes(&check->key));
    MDB_val stored;
    int result =
        mdb_cursor_get(cursor, &key, &stored, check->key.size == 0 ? MDB_FIRST : MDB_SET_RANGE);
    if (result == 0 && gm_bytes_equal(gm_bytes_of_val(&key), gm_key_bytes(&check->key))) {
        result = mdb_cursor_get(cursor, &key, &stored, MDB_NEXT);
    }
    enum gm_status status = GM_OK;
    while (result == 0 && status == GM_OK && *budget > 0) {
        status = check_row(checker, table, gm_bytes_of_val(&key), gm_bytes_of_val(&stored));
        --*budget;
        if (status == GM_OK) result = mdb_cursor_get(cursor, &key, &stored, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    if (result == MDB_NOTFOUND) return GM_END;
    if (result != 0) {
        return gm_explain(GM_CORRUPT, checker->why, checker->why_size, "table %s: %s", table->name,
                          mdb_strerror(result));
    }
    return status;
}

static enum gm_status check_totals(const struct checker *checker)
{
    const struct gm_snapshot *snapshot = checker->snapshot;
    const struct gm_check *check = checker->check;
    MDB_stat parts;
    if (mdb_stat(snapshot->rows.txn, snapshot->rows.store->parts, &parts) != 0) {
        return gm_explain(GM_CORRUPT, checker->why, checker->why_size,
                          "the parts of large values cannot be read");
    }
    if (parts.ms_entries != check->parts) {
        return gm_explain(GM_CORRUPT, checker->why, checker->why_size,
                          "%zu parts of large values are stored, rows have %llu", parts.ms_entries,
                          (unsigned long long)check->parts);
    }
    if (check->sum != snapshot->hash) {
        return gm_explain(GM_CORRUPT, checker->why, checker->why_size,
                          "the rows sum up to state hash %016llx, the stamp is %016llx",
                          (unsigned long long)check->sum, (unsigned long long)snapshot->hash);
    }
    return GM_END;
}

enum gm_status gm_store_check(struct gm_snapshot *snapshot, struct gm_check *check,
                              uint64_t rows_max, char *ret_why, size_t why_size)
{
    struct checker checker = {
        .snapshot = snapshot, .check = check, .why = ret_why, .why_size = why_size};
    checker.image = malloc(GM_IMAGE_BYTES_MAX);
    enum gm_status status =
        checker.image == NULL ? GM_NO_SPACE : gm_arena_init(&checker.arena, GM_VALUE_BYTES_MAX);
    uint64_t budget = rows_max;
    while (status == GM_OK && budget > 0) {
        const struct gm_table *table = snapshot->rows.store->tables[check->table];
        if (table == NULL) {
            status = check_totals(&checker);
            break;
        }
        status = check_table(&checker, table, &budget);
        if (status != GM_END) continue;
        check->table++;
        check->key.size = 0;
        status = GM_OK;
    }
    gm_arena_release(&checker.arena);
    free(checker.image);
    return status;
}
