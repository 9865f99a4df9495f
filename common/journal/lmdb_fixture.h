/* journal/lmdb_fixture.h - for the tests of the LMDB backend: a journal in a fresh folder, and its
 * rows changed behind its back. Test code. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "journal/lmdb.h"
#include "journal/lmdb_rows.h"
#include "journal/sample.h"

enum {
    FIXTURE_JOURNAL_ID = 0x6d6f67,
    FIXTURE_MAP_BYTES = 256 * 1024 * 1024,
};

struct fixture {
    char *path;
    struct gm_journal *journal; /* NULL while closed */
    struct gm_random random;
    uint8_t *entries; /* GM_BATCH_BYTES_MAX */
    uint8_t *buffer;  /* GM_BATCH_BYTES_MAX */
    char why[256];
};

/* With an open, empty journal that has taken an epoch. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Of the fixture's folder, for the service "kiln". */
struct gm_journal_lmdb_config fixture_config(const struct fixture *fixture);
void fixture_close(struct fixture *fixture);
/* What opening gives; the sentence is in fixture->why. */
enum gm_status fixture_open(struct fixture *fixture);
/* An acked batch; its entries lie in fixture->entries until the next one. */
struct gm_batch fixture_append(struct fixture *fixture, uint32_t count, size_t each);

/* folder/name. Returns ret_path. */
char *fixture_file(struct fixture *fixture, const char *name, char ret_path[GM_PATH_MAX]);

/* Keys as drawn in lmdb_rows.h, of sequence numbers below 256. at has room for 10 bytes. */
struct gm_bytes fixture_batch_key(uint8_t *at, uint8_t seq);
struct gm_bytes fixture_entry_key(uint8_t *at, uint8_t seq, uint8_t part);
struct gm_bytes fixture_stamp_key(void);

/* One row of a database, changed while the journal is closed: change edits a copy of the value and
 * its size, of which there is room for 4 KiB; a size of 0 removes the row. The row need not be
 * there. */
typedef void fixture_change(uint8_t *value, size_t *size);
void fixture_change_row(struct fixture *fixture, const char *database, struct gm_bytes key,
                        fixture_change *change);

/* Puts the rows of a sealed batch behind all others, whether it fits or not, while the journal is
 * closed. */
void fixture_put_batch(struct fixture *fixture, const struct gm_batch *batch);
