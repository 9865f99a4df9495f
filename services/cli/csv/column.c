#include "cli/csv/column.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "cli/csv/columns.h"
#include "cli/number.h"

/* One row being read. */
struct cursor {
    const struct csv_sheet *sheet;
    const struct csv_row *row;
    struct gm_arena *arena;
    struct csv_faults *faults;
    bool right;
};

static void wrong(struct cursor *cursor, int column, enum csv_problem problem)
{
    struct csv_fault fault = {.line = cursor->row->line, .problem = problem, .column_name = ""};
    if (column >= 0) {
        fault.column = (unsigned)column + 1;
        fault.column_name = cursor->sheet->header[column];
        csv_fault_set_value(&fault, cursor->row->cells[column]);
    }
    csv_faults_add(cursor->faults, &fault);
    cursor->right = false;
}

/* ---- one cell ---- */

static enum csv_problem problem_of(enum cli_number_fault fault)
{
    static const enum csv_problem problems[CLI_NUMBER_FAULT_COUNT] = {
        [CLI_NUMBER_EMPTY] = CSV_NO_NUMBER,     [CLI_NUMBER_NO_NUMBER] = CSV_NO_NUMBER,
        [CLI_NUMBER_NEGATIVE] = CSV_NEGATIVE,   [CLI_NUMBER_SCIENTIFIC] = CSV_SCIENTIFIC,
        [CLI_NUMBER_AMBIGUOUS] = CSV_AMBIGUOUS, [CLI_NUMBER_TOO_FINE] = CSV_TOO_FINE,
        [CLI_NUMBER_TOO_LARGE] = CSV_NO_NUMBER,
    };
    return problems[fault];
}

/* 0 where the cell is empty. */
static int64_t read_number(struct cursor *cursor, int column, int decimals)
{
    const char *cell = cursor->row->cells[column];
    int64_t number = 0;
    if (cell[0] == '\0') return 0;
    const enum cli_number_fault fault = cli_number_read(gm_bytes_of_text(cell), decimals, &number);
    if (fault == CLI_NUMBER_FINE) return number;
    wrong(cursor, column, problem_of(fault));
    return 0;
}

static int read_choice(struct cursor *cursor, int column, const ProtobufCEnumDescriptor *choices)
{
    const char *cell = cursor->row->cells[column];
    char word[CSV_NAME_MAX];
    size_t size = 0;
    if (cell[0] == '\0') return 0;
    for (; cell[size] != '\0' && size + 1 < sizeof word; size++)
        word[size] = (char)toupper((unsigned char)cell[size]);
    word[size] = '\0';
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(choices, word);
    if (value != NULL && value->value != 0) return value->value;
    wrong(cursor, column, CSV_NOT_LISTED);
    return 0;
}

static void read_words(struct cursor *cursor, int column, size_t *ret_count, char ***ret_list)
{
    const char *rest = cursor->row->cells[column];
    const size_t most = strlen(rest) / 2 + 1;
    char **list = GM_ARENA_ARRAY(cursor->arena, char *, most);
    size_t count = 0;
    while (list != NULL && *(rest += strspn(rest, " ,;")) != '\0') {
        const size_t size = strcspn(rest, " ,;");
        list[count] = gm_arena_copy_text(cursor->arena, gm_bytes(rest, size));
        if (list[count++] == NULL) list = NULL;
        rest += size;
    }
    if (list == NULL) wrong(cursor, column, CSV_TOO_LARGE);
    *ret_count = list == NULL ? 0 : count;
    *ret_list = list;
}

static void read_plain(struct cursor *cursor, const struct csv_column *columns, size_t count,
                       void *terms)
{
    for (size_t i = 0; i < count; i++) {
        const int at = csv_sheet_column(cursor->sheet, columns[i].name);
        if (at < 0) continue;
        uint8_t *field = (uint8_t *)terms + columns[i].offset;
        const char *cell = cursor->row->cells[at];
        switch (columns[i].kind) {
        case CSV_TEXT:
            memcpy(field, &cell, sizeof cell);
            break;
        case CSV_INT64: {
            const int64_t number = read_number(cursor, at, 0);
            memcpy(field, &number, sizeof number);
            break;
        }
        case CSV_UINT32: {
            const int64_t number = read_number(cursor, at, 0);
            /* What is too large stays too large for its limit. */
            const uint32_t small = number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
            memcpy(field, &small, sizeof small);
            break;
        }
        case CSV_CHOICE: {
            const int value = read_choice(cursor, at, columns[i].choices);
            memcpy(field, &value, sizeof value);
            break;
        }
        case CSV_WORDS: {
            size_t words;
            char **list;
            read_words(cursor, at, &words, &list);
            memcpy(field, &words, sizeof words);
            memcpy((uint8_t *)terms + columns[i].list, &list, sizeof list);
            break;
        }
        }
    }
}

/* ---- names and descriptions per language ---- */

/* The language of a column name_vi or description_zh-hans; NULL where it is none. */
static const char *language_of(const char *name, const char *prefix)
{
    const size_t size = strlen(prefix);
    return strncmp(name, prefix, size) == 0 && name[size] != '\0' ? name + size : NULL;
}

static bool has_language_columns(const struct csv_sheet *sheet, const char *prefix)
{
    for (unsigned i = 0; i < sheet->column_count; i++)
        if (language_of(sheet->header[i], prefix) != NULL) return true;
    return false;
}

/* Where the file has any of the columns, it tells all the languages. */
static void read_names(struct cursor *cursor, Catalog__ProductTerms *terms)
{
    if (!has_language_columns(cursor->sheet, "name_")) return;
    Common__LocalText **list =
        GM_ARENA_ARRAY(cursor->arena, Common__LocalText *, cursor->sheet->column_count);
    if (list == NULL) return wrong(cursor, -1, CSV_TOO_LARGE);
    terms->n_names = 0;
    terms->names = list;
    for (unsigned i = 0; i < cursor->sheet->column_count; i++) {
        const char *language = language_of(cursor->sheet->header[i], "name_");
        if (language == NULL || cursor->row->cells[i][0] == '\0') continue;
        Common__LocalText *text = GM_ARENA_NEW(cursor->arena, Common__LocalText);
        if (text == NULL) return wrong(cursor, -1, CSV_TOO_LARGE);
        common__local_text__init(text);
        text->language = language;
        text->text = cursor->row->cells[i];
        list[terms->n_names++] = text;
    }
}

static void read_descriptions(struct cursor *cursor, Catalog__ProductTerms *terms)
{
    if (!has_language_columns(cursor->sheet, "description_")) return;
    Common__LocalBlock **list =
        GM_ARENA_ARRAY(cursor->arena, Common__LocalBlock *, cursor->sheet->column_count);
    if (list == NULL) return wrong(cursor, -1, CSV_TOO_LARGE);
    terms->n_descriptions = 0;
    terms->descriptions = list;
    for (unsigned i = 0; i < cursor->sheet->column_count; i++) {
        const char *language = language_of(cursor->sheet->header[i], "description_");
        if (language == NULL || cursor->row->cells[i][0] == '\0') continue;
        Common__LocalBlock *text = GM_ARENA_NEW(cursor->arena, Common__LocalBlock);
        if (text == NULL) return wrong(cursor, -1, CSV_TOO_LARGE);
        common__local_block__init(text);
        text->language = language;
        text->text = cursor->row->cells[i];
        list[terms->n_descriptions++] = text;
    }
}

/* ---- tiers, pack, firing ---- */

static int numbered(const struct csv_sheet *sheet, const char *prefix, unsigned number,
                    const char *suffix)
{
    char name[CSV_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s%u_%s", prefix, number, suffix);
    return csv_sheet_column(sheet, name);
}

static bool filled(const struct cursor *cursor, int column)
{
    return column >= 0 && cursor->row->cells[column][0] != '\0';
}

static void read_tiers(struct cursor *cursor, Catalog__LotTerms *terms)
{
    if (numbered(cursor->sheet, "tier", 1, "price") < 0) return;
    struct gm_currency currency;
    const int decimals =
        gm_currency_parse(terms->currency, &currency) == GM_OK ? gm_currency_exponent(currency) : 0;
    Common__PriceTier **list = GM_ARENA_ARRAY(cursor->arena, Common__PriceTier *, CSV_TIERS_MAX);
    if (list == NULL) return wrong(cursor, -1, CSV_TOO_LARGE);
    terms->n_tiers = 0;
    terms->tiers = list;
    for (unsigned i = 1; i <= CSV_TIERS_MAX; i++) {
        const int from = numbered(cursor->sheet, "tier", i, "from");
        const int price = numbered(cursor->sheet, "tier", i, "price");
        if (!filled(cursor, from) && !filled(cursor, price)) continue;
        Common__PriceTier *tier = GM_ARENA_NEW(cursor->arena, Common__PriceTier);
        if (tier == NULL) return wrong(cursor, -1, CSV_TOO_LARGE);
        common__price_tier__init(tier);
        if (!filled(cursor, price)) wrong(cursor, from, CSV_GROUP_BROKEN);
        /* The first begins at the minimum order, which needs not be said twice. */
        tier->from_quantity =
            filled(cursor, from) ? read_number(cursor, from, 0) : terms->min_order;
        if (!filled(cursor, from) && i > 1) wrong(cursor, price, CSV_GROUP_BROKEN);
        if (filled(cursor, price)) tier->unit_price_minor = read_number(cursor, price, decimals);
        list[terms->n_tiers++] = tier;
    }
}

static void read_pack(struct cursor *cursor, Catalog__LotTerms *terms)
{
    const int code = csv_sheet_column(cursor->sheet, "pack_code");
    const int units = csv_sheet_column(cursor->sheet, "pack_units");
    const int gross = csv_sheet_column(cursor->sheet, "pack_gross_g");
    if (code < 0 && units < 0 && gross < 0) return;
    terms->pack = NULL;
    if (!filled(cursor, code) && !filled(cursor, units) && !filled(cursor, gross)) return;
    Common__Pack *pack = GM_ARENA_NEW(cursor->arena, Common__Pack);
    if (pack == NULL) return wrong(cursor, -1, CSV_TOO_LARGE);
    common__pack__init(pack);
    if (!filled(cursor, code) || !filled(cursor, units) || !filled(cursor, gross))
        return wrong(cursor,
                     filled(cursor, code)    ? code
                     : filled(cursor, units) ? units
                                             : gross,
                     CSV_GROUP_BROKEN);
    pack->code = cursor->row->cells[code];
    pack->units = read_number(cursor, units, 0);
    pack->gross_g = read_number(cursor, gross, 0);
    terms->pack = pack;
}

static void read_firing(struct cursor *cursor, Catalog__LotTerms *terms)
{
    const int output = csv_sheet_column(cursor->sheet, "firing_output_g");
    if (output < 0) return;
    Common__Firing *firing = GM_ARENA_NEW(cursor->arena, Common__Firing);
    Common__EnergyUse **list = GM_ARENA_ARRAY(cursor->arena, Common__EnergyUse *, CSV_SOURCES_MAX);
    if (firing == NULL || list == NULL) return wrong(cursor, -1, CSV_TOO_LARGE);
    common__firing__init(firing);
    firing->sources = list;
    for (unsigned i = 1; i <= CSV_SOURCES_MAX; i++) {
        const int energy = numbered(cursor->sheet, "firing", i, "energy");
        const int quantity = numbered(cursor->sheet, "firing", i, "quantity");
        if (!filled(cursor, energy) && !filled(cursor, quantity)) continue;
        if (!filled(cursor, energy) || !filled(cursor, quantity))
            return wrong(cursor, filled(cursor, energy) ? energy : quantity, CSV_GROUP_BROKEN);
        Common__EnergyUse *use = GM_ARENA_NEW(cursor->arena, Common__EnergyUse);
        if (use == NULL) return wrong(cursor, -1, CSV_TOO_LARGE);
        common__energy_use__init(use);
        use->energy = (Common__Energy)read_choice(cursor, energy, &common__energy__descriptor);
        use->quantity = read_number(cursor, quantity, 0);
        list[firing->n_sources++] = use;
    }
    terms->firing = NULL;
    if (firing->n_sources == 0 && !filled(cursor, output)) return;
    if (firing->n_sources == 0 || !filled(cursor, output))
        return wrong(cursor, output, CSV_GROUP_BROKEN);
    firing->output_g = read_number(cursor, output, 0);
    terms->firing = firing;
}

/* ---- rows ---- */

bool csv_columns_product(const struct csv_sheet *sheet, const struct csv_row *row,
                         Catalog__ProductTerms *terms, struct gm_arena *arena,
                         struct csv_faults *faults)
{
    struct cursor cursor = {sheet, row, arena, faults, true};
    read_plain(&cursor, csv_product_columns, CSV_PRODUCT_COLUMNS, terms);
    read_names(&cursor, terms);
    read_descriptions(&cursor, terms);
    return cursor.right;
}

bool csv_columns_lot(const struct csv_sheet *sheet, const struct csv_row *row,
                     Catalog__LotTerms *terms, int64_t *ret_on_hand, struct gm_arena *arena,
                     struct csv_faults *faults)
{
    struct cursor cursor = {sheet, row, arena, faults, true};
    read_plain(&cursor, csv_lot_columns, CSV_LOT_COLUMNS, terms);
    read_tiers(&cursor, terms);
    read_pack(&cursor, terms);
    read_firing(&cursor, terms);
    const int on_hand = csv_sheet_column(sheet, "on_hand");
    *ret_on_hand = filled(&cursor, on_hand) ? read_number(&cursor, on_hand, 0) : -1;
    return cursor.right;
}

/* ---- the header ---- */

static bool is_plain(const char *name, const struct csv_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, columns[i].name) == 0) return true;
    return false;
}

static bool is_product_column(const char *name)
{
    return strcmp(name, "sku") == 0 || language_of(name, "name_") != NULL ||
           language_of(name, "description_") != NULL ||
           is_plain(name, csv_product_columns, CSV_PRODUCT_COLUMNS);
}

/* tier3_price, firing2_energy: the prefix, a number in range, one of two endings. */
static bool is_numbered(const char *name, const char *prefix, unsigned most, const char *one,
                        const char *other)
{
    const size_t size = strlen(prefix);
    if (strncmp(name, prefix, size) != 0 || name[size] < '1' || name[size] > (char)('0' + most) ||
        name[size + 1] != '_')
        return false;
    return strcmp(name + size + 2, one) == 0 || strcmp(name + size + 2, other) == 0;
}

static bool is_lot_column(const char *name)
{
    if (strcmp(name, "sku") == 0 || strcmp(name, "lot_code") == 0 || strcmp(name, "on_hand") == 0 ||
        is_plain(name, csv_lot_columns, CSV_LOT_COLUMNS))
        return true;
    for (unsigned i = 0; i < CSV_LOT_GROUPS; i++)
        if (strcmp(name, csv_lot_groups[i]) == 0) return true;
    return is_numbered(name, "tier", CSV_TIERS_MAX, "from", "price") ||
           is_numbered(name, "firing", CSV_SOURCES_MAX, "energy", "quantity");
}

static bool check(const struct csv_sheet *sheet, bool (*known)(const char *),
                  struct csv_faults *faults)
{
    const uint64_t before = faults->count;
    for (unsigned i = 0; i < sheet->column_count; i++) {
        struct csv_fault fault = {
            .line = sheet->header_line, .column = i + 1, .column_name = sheet->header[i]};
        if (!known(sheet->header[i]))
            fault.problem = CSV_COLUMN_UNKNOWN;
        else if (csv_sheet_column(sheet, sheet->header[i]) != (int)i)
            fault.problem = CSV_COLUMN_TWICE;
        if (fault.problem != CSV_FINE) csv_faults_add(faults, &fault);
    }
    if (csv_sheet_column(sheet, "sku") < 0)
        csv_faults_add(faults, &(struct csv_fault){.line = sheet->header_line,
                                                   .column_name = "sku",
                                                   .problem = CSV_COLUMN_MISSING});
    return faults->count == before;
}

bool csv_columns_check_products(const struct csv_sheet *sheet, struct csv_faults *faults)
{
    return check(sheet, is_product_column, faults);
}

bool csv_columns_check_lots(const struct csv_sheet *sheet, struct csv_faults *faults)
{
    return check(sheet, is_lot_column, faults);
}

/* ---- paths ---- */

/* What follows a prefix, or NULL. */
static const char *after(const char *path, const char *prefix)
{
    const size_t size = strlen(prefix);
    return strncmp(path, prefix, size) == 0 ? path + size : NULL;
}

/* "2].quantity" is item 3 of its list; *ret_field is what stands behind the dot. */
static unsigned long item_of(const char *rest, const char **ret_field)
{
    char *end;
    const unsigned long index = strtoul(rest, &end, 10);
    *ret_field = end[0] == ']' && end[1] == '.' ? end + 2 : "";
    return index + 1;
}

char *csv_columns_of_path(const char *path, char ret[CSV_NAME_MAX])
{
    const char *field;
    const char *rest;
    ret[0] = '\0';
    if ((rest = after(path, "terms.tiers[")) != NULL) {
        const unsigned long tier = item_of(rest, &field);
        (void)snprintf(ret, CSV_NAME_MAX, "tier%lu_%s", tier,
                       strcmp(field, "from_quantity") == 0 ? "from" : "price");
    } else if ((rest = after(path, "terms.firing.sources[")) != NULL) {
        const unsigned long source = item_of(rest, &field);
        (void)snprintf(ret, CSV_NAME_MAX, "firing%lu_%.16s", source, field);
    } else if ((rest = after(path, "terms.firing.")) != NULL) {
        (void)snprintf(ret, CSV_NAME_MAX, "firing_%.16s", rest);
    } else if ((rest = after(path, "terms.pack.")) != NULL) {
        (void)snprintf(ret, CSV_NAME_MAX, "pack_%.16s", rest);
    } else {
        rest = after(path, "terms.");
        if (rest == NULL) rest = path;
        (void)snprintf(ret, CSV_NAME_MAX, "%.*s", (int)strcspn(rest, "[."), rest);
    }
    return ret;
}
