/* cli/csv/column.h - the columns of both kinds of file, and how a cell becomes a field. A column
 * that a file does not have leaves the field as it is; an empty cell clears it.
 *
 *   products  sku, name_<language>, description_<language>, category, body, glaze, base_unit,
 * set_pieces, mass_g, hs_code, gtin, recycled_ppm, assumed lots      sku, lot_code, on_hand,
 * currency, tier1_from, tier1_price ... tier8_price, min_order, order_multiple, lead_time_days,
 * ship_from, incoterm, grade, pack_code, pack_units, pack_gross_g, firing1_energy, firing1_quantity
 * ... firing4_quantity, firing_output_g, note, assumed
 *
 * Units as the names say; prices as a person writes an amount of the currency; assumed is a list of
 * field names with spaces between them. */
#pragma once

#include "catalog.pb-c.h"
#include "cli/csv/sheet.h"

enum { CSV_TIERS_MAX = 8, CSV_SOURCES_MAX = 4, CSV_NAME_MAX = 48 };

/* Every column of the sheet is one of the kind's, and sku is there; else false, with faults. */
bool csv_columns_check_products(const struct csv_sheet *sheet, struct csv_faults *faults);
bool csv_columns_check_lots(const struct csv_sheet *sheet, struct csv_faults *faults);

/* Sets what the row says, in terms that the caller may have copied from what stands already. False,
 * with faults, where a cell cannot be read; GM_TOO_LARGE is a fault as well. */
bool csv_columns_product(const struct csv_sheet *sheet, const struct csv_row *row,
                         Catalog__ProductTerms *terms, struct gm_arena *arena,
                         struct csv_faults *faults);
/* *ret_on_hand is -1 where the file does not say. */
bool csv_columns_lot(const struct csv_sheet *sheet, const struct csv_row *row,
                     Catalog__LotTerms *terms, int64_t *ret_on_hand, struct gm_arena *arena,
                     struct csv_faults *faults);

/* The column that a field path of a request belongs to ("terms.tiers[1].unit_price_minor" is
 * tier2_price);
 * "" where it is none. Returns ret. */
char *csv_columns_of_path(const char *path, char ret[CSV_NAME_MAX]);

/* The other way, for an export: the header and the cells of a row, in a fixed order. languages are
 * those of all products, ascending. */
struct csv_cells {
    unsigned count;
    const char *cells[CSV_COLUMNS_MAX];
};
bool csv_columns_product_header(const char *const *languages, unsigned language_count,
                                struct gm_arena *arena, struct csv_cells *ret_cells);
bool csv_columns_product_cells(const Catalog__Product *product, const char *const *languages,
                               unsigned language_count, struct gm_arena *arena,
                               struct csv_cells *ret_cells);
bool csv_columns_lot_header(struct gm_arena *arena, struct csv_cells *ret_cells);
bool csv_columns_lot_cells(const Catalog__Lot *lot, int64_t on_hand, struct gm_arena *arena,
                           struct csv_cells *ret_cells);
