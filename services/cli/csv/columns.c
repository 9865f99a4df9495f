#include "cli/csv/columns.h"

#include "catalog.pb-c.h"

#define OF_PRODUCT(field) offsetof(Catalog__ProductTerms, field)
#define OF_LOT(field)     offsetof(Catalog__LotTerms, field)

const struct csv_column csv_product_columns[CSV_PRODUCT_COLUMNS] = {
    {"category", CSV_TEXT, OF_PRODUCT(category), 0, NULL},
    {"body", CSV_TEXT, OF_PRODUCT(body), 0, NULL},
    {"glaze", CSV_TEXT, OF_PRODUCT(glaze), 0, NULL},
    {"base_unit", CSV_CHOICE, OF_PRODUCT(base_unit), 0, &common__unit__descriptor},
    {"set_pieces", CSV_UINT32, OF_PRODUCT(set_pieces), 0, NULL},
    {"mass_g", CSV_INT64, OF_PRODUCT(mass_g), 0, NULL},
    {"hs_code", CSV_TEXT, OF_PRODUCT(hs_code), 0, NULL},
    {"gtin", CSV_TEXT, OF_PRODUCT(gtin), 0, NULL},
    {"recycled_ppm", CSV_UINT32, OF_PRODUCT(recycled_ppm), 0, NULL},
    {"assumed", CSV_WORDS, OF_PRODUCT(n_assumed), OF_PRODUCT(assumed), NULL},
};

const struct csv_column csv_lot_columns[CSV_LOT_COLUMNS] = {
    {"currency", CSV_TEXT, OF_LOT(currency), 0, NULL},
    {"min_order", CSV_INT64, OF_LOT(min_order), 0, NULL},
    {"order_multiple", CSV_INT64, OF_LOT(order_multiple), 0, NULL},
    {"lead_time_days", CSV_UINT32, OF_LOT(lead_time_days), 0, NULL},
    {"ship_from", CSV_TEXT, OF_LOT(ship_from), 0, NULL},
    {"incoterm", CSV_CHOICE, OF_LOT(incoterm), 0, &common__incoterm__descriptor},
    {"grade", CSV_CHOICE, OF_LOT(grade), 0, &common__grade__descriptor},
    {"note", CSV_TEXT, OF_LOT(note), 0, NULL},
    {"assumed", CSV_WORDS, OF_LOT(n_assumed), OF_LOT(assumed), NULL},
};

const char *const csv_lot_groups[CSV_LOT_GROUPS] = {"pack_code", "pack_units", "pack_gross_g",
                                                    "firing_output_g"};
