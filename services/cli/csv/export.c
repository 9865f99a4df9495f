#include "cli/csv/export.h"

#include <csv.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/csv/column.h"

enum { LANGUAGES_MAX = 32 };

/* The inside of a quoted cell. */
static bool write_quoted(FILE *file, const char *cell)
{
    for (; *cell != '\0'; cell++)
        if ((*cell == '"' && fputc('"', file) == EOF) || fputc(*cell, file) == EOF) return false;
    return true;
}

static bool write_cell(FILE *file, const char *cell)
{
    /* What begins like a formula, or like what this very line adds. */
    if (cell[0] != '\0' && strchr("=+-@'", cell[0]) != NULL)
        return fputs("\"'", file) >= 0 && write_quoted(file, cell) && fputc('"', file) != EOF;
    if (strpbrk(cell, "\",;\t\r\n") == NULL) return fputs(cell, file) >= 0;
    return csv_fwrite(file, cell, strlen(cell)) == 0;
}

static enum gm_status write_row(FILE *file, const struct csv_cells *cells)
{
    for (unsigned i = 0; i < cells->count; i++)
        if ((i > 0 && fputc(',', file) == EOF) || !write_cell(file, cells->cells[i])) return GM_IO;
    return fputs("\r\n", file) < 0 ? GM_IO : GM_OK;
}

/* Adds it where it is new. */
static void add_language(const char **languages, unsigned *count, const char *language)
{
    for (unsigned i = 0; i < *count; i++)
        if (strcasecmp(languages[i], language) == 0) return;
    if (*count < LANGUAGES_MAX) languages[(*count)++] = language;
}

static int by_name(const void *a, const void *b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* In lower case, as headers are read. */
static enum gm_status lower(const char **languages, unsigned count, struct gm_arena *arena)
{
    for (unsigned i = 0; i < count; i++) {
        char *copy = gm_arena_copy_text(arena, gm_bytes_of_text(languages[i]));
        if (copy == NULL) return GM_TOO_LARGE;
        for (char *at = copy; *at != '\0'; at++)
            *at = (char)tolower((unsigned char)*at);
        languages[i] = copy;
    }
    return GM_OK;
}

static enum gm_status find_languages(Catalog__ProductView *const *views, size_t count,
                                     struct gm_arena *arena, const char **languages,
                                     unsigned *ret_count)
{
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        const Catalog__ProductTerms *terms = views[i]->product->terms;
        for (size_t j = 0; j < terms->n_names; j++)
            add_language(languages, ret_count, terms->names[j]->language);
        for (size_t j = 0; j < terms->n_descriptions; j++)
            add_language(languages, ret_count, terms->descriptions[j]->language);
    }
    if (*ret_count > 0) qsort(languages, *ret_count, sizeof *languages, by_name);
    return lower(languages, *ret_count, arena);
}

enum gm_status csv_export_products(FILE *file, Catalog__ProductView *const *views, size_t count,
                                   struct gm_arena *arena)
{
    const char *languages[LANGUAGES_MAX];
    unsigned language_count;
    struct csv_cells cells;
    enum gm_status status = find_languages(views, count, arena, languages, &language_count);
    if (status != GM_OK) return status;
    if (!csv_columns_product_header(languages, language_count, arena, &cells)) return GM_TOO_LARGE;
    if (fputs("\xef\xbb\xbf", file) < 0) return GM_IO;
    status = write_row(file, &cells);
    for (size_t i = 0; i < count && status == GM_OK; i++) {
        const size_t mark = gm_arena_mark(arena);
        status =
            csv_columns_product_cells(views[i]->product, languages, language_count, arena, &cells)
                ? write_row(file, &cells)
                : GM_TOO_LARGE;
        gm_arena_rewind(arena, mark);
    }
    return status;
}

enum gm_status csv_export_lots(FILE *file, Catalog__LotView *const *views, size_t count,
                               struct gm_arena *arena)
{
    struct csv_cells cells;
    if (!csv_columns_lot_header(arena, &cells)) return GM_TOO_LARGE;
    if (fputs("\xef\xbb\xbf", file) < 0) return GM_IO;
    enum gm_status status = write_row(file, &cells);
    for (size_t i = 0; i < count && status == GM_OK; i++) {
        const size_t mark = gm_arena_mark(arena);
        status = csv_columns_lot_cells(views[i]->lot, views[i]->on_hand, arena, &cells)
                     ? write_row(file, &cells)
                     : GM_TOO_LARGE;
        gm_arena_rewind(arena, mark);
    }
    return status;
}
