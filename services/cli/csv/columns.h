/* cli/csv/columns.h - the tables of plain columns, which reading (column.c) and writing (cell.c) go
 * by. Private to this folder. */
#pragma once

#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

enum csv_kind { CSV_TEXT, CSV_INT64, CSV_UINT32, CSV_CHOICE, CSV_WORDS };

struct csv_column {
    const char *name;
    enum csv_kind kind;
    size_t offset; /* in the terms; of CSV_WORDS: of the count, with the list at `list` */
    size_t list;
    const ProtobufCEnumDescriptor *choices;
};

enum { CSV_PRODUCT_COLUMNS = 10, CSV_LOT_COLUMNS = 9, CSV_LOT_GROUPS = 4 };

extern const struct csv_column csv_product_columns[CSV_PRODUCT_COLUMNS];
extern const struct csv_column csv_lot_columns[CSV_LOT_COLUMNS];
/* Columns that make up messages of their own: pack and firing. */
extern const char *const csv_lot_groups[CSV_LOT_GROUPS];
