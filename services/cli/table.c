#include "cli/table.h"

#include <string.h>

#include "base/assert.h"
#include "cli/width.h"

#define GAP "  "

struct cli_table_row {
    struct cli_table_row *next;
    const char *cells[CLI_TABLE_COLUMNS_MAX];
};

void cli_table_init(struct cli_table *table, struct gm_arena *arena, const char *indent)
{
    *table = (struct cli_table){.arena = arena, .indent = indent};
}

void cli_table_column(struct cli_table *table, const char *header, bool is_number)
{
    GM_ASSERT(table->column_count < CLI_TABLE_COLUMNS_MAX);
    GM_ASSERT(table->first == NULL);
    table->columns[table->column_count].header = header;
    table->columns[table->column_count++].is_number = is_number;
}

enum gm_status cli_table_cell(struct cli_table *table, const char *text)
{
    GM_ASSERT(table->column_count > 0);
    if (table->last == NULL || table->filled == table->column_count) {
        struct cli_table_row *row = GM_ARENA_NEW(table->arena, struct cli_table_row);
        if (row == NULL) return GM_TOO_LARGE;
        if (table->last == NULL) {
            table->first = row;
        } else {
            table->last->next = row;
        }
        table->last = row;
        table->filled = 0;
    }
    table->last->cells[table->filled++] = text;
    return GM_OK;
}

static void put_cells(const struct cli_table *table, FILE *out, const char *const *cells,
                      const size_t *widths)
{
    size_t owed = 0; /* spaces, written only before something */
    fputs(table->indent, out);
    for (size_t i = 0; i < table->column_count; i++) {
        if (widths[i] == 0) continue;
        const size_t free = widths[i] - cli_width(cells[i]);
        if (table->columns[i].is_number) owed += free;
        if (cells[i][0] != '\0') {
            fprintf(out, "%*s", (int)owed, "");
            cli_put_text(out, cells[i]);
            owed = 0;
        }
        if (!table->columns[i].is_number) owed += free;
        owed += sizeof GAP - 1;
    }
    fputc('\n', out);
}

void cli_table_print(const struct cli_table *table, FILE *out)
{
    size_t widths[CLI_TABLE_COLUMNS_MAX] = {0};
    const char *headers[CLI_TABLE_COLUMNS_MAX];
    GM_ASSERT(table->first == NULL || table->filled == table->column_count);
    for (size_t i = 0; i < table->column_count; i++) {
        headers[i] = table->columns[i].header;
        for (const struct cli_table_row *row = table->first; row != NULL; row = row->next) {
            const size_t width = cli_width(row->cells[i]);
            if (width > widths[i]) widths[i] = width;
        }
        const size_t header = cli_width(headers[i]);
        if (widths[i] > 0 && header > widths[i]) widths[i] = header;
    }
    if (table->first == NULL) return;
    bool is_named = false;
    for (size_t i = 0; i < table->column_count; i++) {
        is_named = is_named || headers[i][0] != '\0';
    }
    if (is_named) put_cells(table, out, headers, widths);
    for (const struct cli_table_row *row = table->first; row != NULL; row = row->next) {
        put_cells(table, out, row->cells, widths);
    }
}
