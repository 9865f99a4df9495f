#include "cli/csv/column.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/numbers.h"
#include "cli/csv/columns.h"
#include "cli/number.h"

static void add(struct csv_cells *cells, const char *cell)
{
    GM_ASSERT(cells->count < CSV_COLUMNS_MAX);
    cells->cells[cells->count++] = cell;
}

static const char *number_cell(struct gm_arena *arena, int64_t number, int decimals)
{
    char text[CLI_NUMBER_TEXT_MAX];
    return gm_arena_copy_text(
        arena, gm_bytes_of_text(cli_number_write_plain(number, decimals, '.', text)));
}

static const char *words_cell(struct gm_arena *arena, char *const *list, size_t count)
{
    size_t size = 1;
    for (size_t i = 0; i < count; i++)
        size += strlen(list[i]) + 1;
    char *cell = gm_arena_alloc(arena, size);
    if (cell == NULL) return NULL;
    char *at = cell;
    for (size_t i = 0; i < count; i++) {
        const size_t word = strlen(list[i]);
        if (i > 0) *at++ = ' ';
        memcpy(at, list[i], word);
        at += word;
    }
    *at = '\0';
    return cell;
}

static void add_plain(struct csv_cells *cells, const struct csv_column *columns, size_t count,
                      const void *terms, struct gm_arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *field = (const uint8_t *)terms + columns[i].offset;
        int64_t number = 0;
        const char *text = "";
        switch (columns[i].kind) {
        case CSV_TEXT:
            memcpy(&text, field, sizeof text);
            break;
        case CSV_INT64:
            memcpy(&number, field, sizeof number);
            break;
        case CSV_UINT32:
            memcpy(&number, field, sizeof(uint32_t));
            break;
        case CSV_CHOICE: {
            int value;
            memcpy(&value, field, sizeof value);
            const ProtobufCEnumValue *named =
                protobuf_c_enum_descriptor_get_value(columns[i].choices, value);
            text = value == 0 || named == NULL ? "" : named->name;
            break;
        }
        case CSV_WORDS: {
            size_t words;
            char **list;
            memcpy(&words, field, sizeof words);
            memcpy(&list, (const uint8_t *)terms + columns[i].list, sizeof list);
            text = words_cell(arena, list, words);
            break;
        }
        }
        const bool is_number = columns[i].kind == CSV_INT64 || columns[i].kind == CSV_UINT32;
        add(cells, is_number ? number == 0 ? "" : number_cell(arena, number, 0) : text);
    }
}

static const char *named_cell(struct gm_arena *arena, const char *prefix, unsigned number,
                              const char *suffix)
{
    char name[CSV_NAME_MAX];
    if (number == 0)
        (void)snprintf(name, sizeof name, "%s%s", prefix, suffix);
    else
        (void)snprintf(name, sizeof name, "%s%u_%s", prefix, number, suffix);
    return gm_arena_copy_text(arena, gm_bytes_of_text(name));
}

static bool whole(const struct csv_cells *cells)
{
    for (unsigned i = 0; i < cells->count; i++)
        if (cells->cells[i] == NULL) return false;
    return true;
}

bool csv_columns_product_header(const char *const *languages, unsigned language_count,
                                struct gm_arena *arena, struct csv_cells *ret_cells)
{
    ret_cells->count = 0;
    add(ret_cells, "sku");
    for (unsigned i = 0; i < language_count; i++)
        add(ret_cells, named_cell(arena, "name_", 0, languages[i]));
    for (unsigned i = 0; i < CSV_PRODUCT_COLUMNS; i++)
        add(ret_cells, csv_product_columns[i].name);
    for (unsigned i = 0; i < language_count; i++)
        add(ret_cells, named_cell(arena, "description_", 0, languages[i]));
    return whole(ret_cells);
}

bool csv_columns_product_cells(const Catalog__Product *product, const char *const *languages,
                               unsigned language_count, struct gm_arena *arena,
                               struct csv_cells *ret_cells)
{
    const Catalog__ProductTerms *terms = product->terms;
    ret_cells->count = 0;
    add(ret_cells, product->sku);
    for (unsigned i = 0; i < language_count; i++) {
        const char *text = "";
        for (size_t j = 0; j < terms->n_names; j++)
            if (strcasecmp(terms->names[j]->language, languages[i]) == 0)
                text = terms->names[j]->text;
        add(ret_cells, text);
    }
    add_plain(ret_cells, csv_product_columns, CSV_PRODUCT_COLUMNS, terms, arena);
    for (unsigned i = 0; i < language_count; i++) {
        const char *text = "";
        for (size_t j = 0; j < terms->n_descriptions; j++)
            if (strcasecmp(terms->descriptions[j]->language, languages[i]) == 0)
                text = terms->descriptions[j]->text;
        add(ret_cells, text);
    }
    return whole(ret_cells);
}

bool csv_columns_lot_header(struct gm_arena *arena, struct csv_cells *ret_cells)
{
    ret_cells->count = 0;
    add(ret_cells, "sku");
    add(ret_cells, "lot_code");
    add(ret_cells, "on_hand");
    for (unsigned i = 0; i < CSV_LOT_COLUMNS; i++)
        add(ret_cells, csv_lot_columns[i].name);
    for (unsigned i = 1; i <= CSV_TIERS_MAX; i++) {
        add(ret_cells, named_cell(arena, "tier", i, "from"));
        add(ret_cells, named_cell(arena, "tier", i, "price"));
    }
    for (unsigned i = 0; i < CSV_LOT_GROUPS; i++)
        add(ret_cells, csv_lot_groups[i]);
    for (unsigned i = 1; i <= CSV_SOURCES_MAX; i++) {
        add(ret_cells, named_cell(arena, "firing", i, "energy"));
        add(ret_cells, named_cell(arena, "firing", i, "quantity"));
    }
    return whole(ret_cells);
}

static void add_tiers(struct csv_cells *cells, const Catalog__LotTerms *terms,
                      struct gm_arena *arena)
{
    struct gm_currency currency;
    const int decimals =
        gm_currency_parse(terms->currency, &currency) == GM_OK ? gm_currency_exponent(currency) : 0;
    for (unsigned i = 0; i < CSV_TIERS_MAX; i++) {
        const Common__PriceTier *tier = i < terms->n_tiers ? terms->tiers[i] : NULL;
        add(cells, tier == NULL ? "" : number_cell(arena, tier->from_quantity, 0));
        add(cells, tier == NULL ? "" : number_cell(arena, tier->unit_price_minor, decimals));
    }
}

bool csv_columns_lot_cells(const Catalog__Lot *lot, int64_t on_hand, struct gm_arena *arena,
                           struct csv_cells *ret_cells)
{
    const Catalog__LotTerms *terms = lot->terms;
    ret_cells->count = 0;
    add(ret_cells, lot->sku);
    add(ret_cells, lot->lot_code);
    add(ret_cells, number_cell(arena, on_hand, 0));
    add_plain(ret_cells, csv_lot_columns, CSV_LOT_COLUMNS, terms, arena);
    add_tiers(ret_cells, terms, arena);
    add(ret_cells, terms->pack == NULL ? "" : terms->pack->code);
    add(ret_cells, terms->pack == NULL ? "" : number_cell(arena, terms->pack->units, 0));
    add(ret_cells, terms->pack == NULL ? "" : number_cell(arena, terms->pack->gross_g, 0));
    add(ret_cells, terms->firing == NULL ? "" : number_cell(arena, terms->firing->output_g, 0));
    for (unsigned i = 0; i < CSV_SOURCES_MAX; i++) {
        const Common__EnergyUse *use = terms->firing != NULL && i < terms->firing->n_sources
                                           ? terms->firing->sources[i]
                                           : NULL;
        const ProtobufCEnumValue *named =
            use == NULL ? NULL
                        : protobuf_c_enum_descriptor_get_value(&common__energy__descriptor,
                                                               (int)use->energy);
        add(ret_cells, named == NULL ? "" : named->name);
        add(ret_cells, use == NULL ? "" : number_cell(arena, use->quantity, 0));
    }
    return whole(ret_cells);
}
