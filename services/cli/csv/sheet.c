#include "cli/csv/sheet.h"

#include <csv.h>
#include <ctype.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"

struct reading {
    struct csv_sheet *sheet;
    struct gm_arena *arena;
    struct csv_faults *faults;
    uint64_t line;     /* being fed */
    uint64_t row_line; /* of the row that is read */
    unsigned cell;     /* of the next one */
    const char *cells[CSV_COLUMNS_MAX];
    uint64_t rows_capacity;
    bool full;
    bool surplus;
};

static void fault(const struct reading *reading, uint64_t line, enum csv_problem problem)
{
    csv_faults_add(reading->faults,
                   &(struct csv_fault){.line = line, .column_name = "", .problem = problem});
}

/* Marks in the header outside quotes: the commonest separates the cells. */
static char find_delimiter(struct gm_bytes file)
{
    static const char marks[] = {',', ';', '\t'};
    unsigned counts[sizeof marks] = {0};
    bool quoted = false;
    for (size_t i = 0; i < file.size && (quoted || file.at[i] != '\n'); i++) {
        if (file.at[i] == '"') quoted = !quoted;
        for (unsigned j = 0; j < sizeof marks; j++)
            counts[j] += !quoted && file.at[i] == (uint8_t)marks[j];
    }
    unsigned best = 0;
    for (unsigned j = 1; j < sizeof marks; j++)
        if (counts[j] > counts[best]) best = j;
    return marks[best];
}

static const char *clean_cell(struct reading *reading, const void *at, size_t size)
{
    struct gm_bytes text = gm_bytes(at, size);
    while (text.size > 0 && isspace(text.at[0]))
        text = gm_bytes(text.at + 1, text.size - 1);
    while (text.size > 0 && isspace(text.at[text.size - 1]))
        text.size--;
    if (text.size > 1 && text.at[0] == '\'' && strchr("=+-@'", text.at[1]) != NULL)
        text = gm_bytes(text.at + 1, text.size - 1);
    const char *cell = gm_arena_copy_text(reading->arena, text);
    if (cell == NULL) reading->full = true;
    return cell;
}

static void on_cell(void *at, size_t size, void *context)
{
    struct reading *reading = context;
    if (reading->full) return;
    const unsigned limit =
        reading->sheet->header == NULL ? CSV_COLUMNS_MAX : reading->sheet->column_count;
    const char *cell = clean_cell(reading, at, size);
    if (reading->cell < limit)
        reading->cells[reading->cell++] = cell;
    else if (cell != NULL && cell[0] != '\0')
        reading->surplus = true;
}

static const char **keep_cells(struct reading *reading, unsigned count)
{
    const char **cells = GM_ARENA_ARRAY(reading->arena, const char *, count + 1);
    if (cells == NULL) {
        reading->full = true;
        return NULL;
    }
    for (unsigned i = 0; i < count; i++)
        cells[i] = i < reading->cell ? reading->cells[i] : "";
    return cells;
}

static void take_header(struct reading *reading)
{
    struct csv_sheet *sheet = reading->sheet;
    sheet->header_line = reading->row_line;
    sheet->column_count = reading->cell;
    sheet->header = keep_cells(reading, reading->cell);
    for (unsigned i = 0; sheet->header != NULL && i < reading->cell; i++)
        for (char *at = (char *)(uintptr_t)sheet->header[i]; *at != '\0'; at++)
            *at = (char)tolower((unsigned char)*at);
}

static void take_row(struct reading *reading)
{
    struct csv_sheet *sheet = reading->sheet;
    if (reading->surplus) fault(reading, reading->row_line, CSV_CELLS_SURPLUS);
    if (sheet->row_count == reading->rows_capacity) {
        const uint64_t capacity = reading->rows_capacity == 0 ? 1024 : reading->rows_capacity * 2;
        struct csv_row *rows = GM_ARENA_ARRAY(reading->arena, struct csv_row, capacity);
        if (rows == NULL || capacity > CSV_LINES_MAX * 2) {
            reading->full = true;
            return;
        }
        if (sheet->row_count > 0) memcpy(rows, sheet->rows, sheet->row_count * sizeof *rows);
        sheet->rows = rows;
        reading->rows_capacity = capacity;
    }
    struct csv_row *row = &sheet->rows[sheet->row_count++];
    row->line = reading->row_line;
    row->cells = keep_cells(reading, sheet->column_count);
}

static void on_row(int mark, void *context)
{
    (void)mark;
    struct reading *reading = context;
    bool blank = true;
    for (unsigned i = 0; i < reading->cell; i++)
        if (reading->cells[i] != NULL && reading->cells[i][0] != '\0') blank = false;
    if (!reading->full && !blank) {
        if (reading->sheet->header == NULL)
            take_header(reading);
        else
            take_row(reading);
    }
    reading->cell = 0;
    reading->surplus = false;
    reading->row_line = reading->line + 1;
}

/* Feeds line by line, so that each row knows where it begins. */
static bool feed(struct reading *reading, struct csv_parser *parser, struct gm_bytes file)
{
    while (file.size > 0) {
        const uint8_t *end = memchr(file.at, '\n', file.size);
        const size_t size = end == NULL ? file.size : (size_t)(end - file.at) + 1;
        reading->line++;
        if (reading->cell == 0 && parser->pstate == 0) reading->row_line = reading->line;
        if (csv_parse(parser, file.at, size, on_cell, on_row, reading) != size) return false;
        file = gm_bytes(file.at + size, file.size - size);
    }
    return csv_fini(parser, on_cell, on_row, reading) == 0;
}

bool csv_sheet_read(struct gm_bytes file, struct gm_arena *arena, struct csv_sheet *ret_sheet,
                    struct csv_faults *faults)
{
    *ret_sheet = (struct csv_sheet){.hash = gm_blake2b(&file, 1)};
    struct reading reading = {.sheet = ret_sheet, .arena = arena, .faults = faults, .row_line = 1};
    if (!gm_text_is_utf8(file)) {
        fault(&reading, 0, CSV_NOT_UTF8);
        return false;
    }
    if (file.size >= 3 && memcmp(file.at, "\xef\xbb\xbf", 3) == 0)
        file = gm_bytes(file.at + 3, file.size - 3);
    ret_sheet->delimiter = find_delimiter(file);
    struct csv_parser parser;
    const int made = csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
    GM_ASSERT(made == 0);
    csv_set_delim(&parser, (unsigned char)ret_sheet->delimiter);
    const bool whole = feed(&reading, &parser, file);
    csv_free(&parser);
    if (!whole)
        fault(&reading, reading.row_line, CSV_BROKEN_QUOTES);
    else if (reading.full)
        fault(&reading, 0, CSV_TOO_LARGE);
    else if (ret_sheet->header == NULL)
        fault(&reading, 0, CSV_NO_HEADER);
    return whole && !reading.full && ret_sheet->header != NULL;
}

int csv_sheet_column(const struct csv_sheet *sheet, const char *name)
{
    for (unsigned i = 0; i < sheet->column_count; i++)
        if (strcmp(sheet->header[i], name) == 0) return (int)i;
    return -1;
}
