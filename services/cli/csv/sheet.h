/* cli/csv/sheet.h - a CSV file as lines of cells (RFC 4180, read by libcsv): comma, semicolon or
 * tab, found in the header; a BOM, CRLF and line breaks inside quotes are understood. Cells are
 * UTF-8 without outer white space; a leading ' before = + - @ ' (as an export writes it, so that no
 * spreadsheet runs a cell as a formula) is taken off. */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "cli/csv/fault.h"

enum {
    CSV_COLUMNS_MAX = 128,
    CSV_LINES_MAX = 1000000,
};

struct csv_row {
    uint64_t line;      /* of its first cell, from 1 */
    const char **cells; /* as many as the header has; "" where the file has none */
};

struct csv_sheet {
    char delimiter;
    struct gm_hash hash; /* of the file's bytes */
    unsigned column_count;
    const char **header; /* lower case */
    uint64_t header_line;
    struct csv_row *rows;
    uint64_t row_count;
};

/* False, with faults, where the file cannot be read as a whole. Everything lies in the arena. */
bool csv_sheet_read(struct gm_bytes file, struct gm_arena *arena, struct csv_sheet *ret_sheet,
                    struct csv_faults *faults);
/* Column of that name, or -1. */
int csv_sheet_column(const struct csv_sheet *sheet, const char *name);
