/* cli/table.h - rows of text in aligned columns. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"

enum { CLI_TABLE_COLUMNS_MAX = 16 };

struct cli_table_row;

struct cli_table {
    struct gm_arena *arena;
    const char *indent; /* before each line */
    size_t column_count;
    struct {
        const char *header;
        bool is_number; /* to the right */
    } columns[CLI_TABLE_COLUMNS_MAX];
    struct cli_table_row *first, *last;
    size_t filled; /* cells of the last row */
};

/* Rows lie in the arena; what is put in is borrowed until it is printed. */
void cli_table_init(struct cli_table *table, struct gm_arena *arena, const char *indent);
void cli_table_column(struct cli_table *table, const char *header, bool is_number);

/* The next cell, row by row; a row that begins before the last one is full is asserted. Where the
 * arena is full the row is left out (GM_TOO_LARGE). */
GM_CHECKED enum gm_status cli_table_cell(struct cli_table *table, const char *text);

/* Columns in which no row has anything are left out, their headers too; where no header says
 * anything there is no line of them. */
void cli_table_print(const struct cli_table *table, FILE *out);
