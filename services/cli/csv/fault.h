/* cli/csv/fault.h - what is wrong in a file: where, and a sentence in the reader's language. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reason.h"

enum csv_problem {
    CSV_FINE = 0,
    CSV_NOT_UTF8,
    CSV_BROKEN_QUOTES,
    CSV_NO_HEADER,
    CSV_COLUMN_UNKNOWN,
    CSV_COLUMN_TWICE,
    CSV_COLUMN_MISSING,
    CSV_CELLS_SURPLUS, /* more cells than the header has columns */
    CSV_TOO_LARGE,     /* the file, or what becomes of it, passes the memory for it */
    CSV_NO_NUMBER,
    CSV_NEGATIVE,
    CSV_SCIENTIFIC,      /* 1.2E+06: a spreadsheet has dropped digits */
    CSV_AMBIGUOUS,       /* 1.200 where the currency has decimals */
    CSV_TOO_FINE,        /* more decimals than there are */
    CSV_NOT_LISTED,      /* none of the words that the column takes */
    CSV_ROW_TWICE,       /* the same key stands in an earlier line */
    CSV_GROUP_BROKEN,    /* columns that belong together are not all there */
    CSV_PRODUCT_UNKNOWN, /* the seller has no product with this SKU */
    CSV_REFUSED,         /* the service would refuse it: see reason */
    CSV_PROBLEM_COUNT,
};

enum { CSV_VALUE_MAX = 48, CSV_FAULTS_MAX = 1000, CSV_FAULT_TEXT_MAX = 512 };

struct csv_fault {
    uint64_t line;           /* of the file, from 1; 0: the file as a whole */
    unsigned column;         /* from 1; 0: the row as a whole */
    const char *column_name; /* "" where none */
    enum csv_problem problem;
    enum gm_reason reason;     /* CSV_REFUSED only */
    uint64_t other_line;       /* CSV_ROW_TWICE only */
    char value[CSV_VALUE_MAX]; /* the cell, cut at a character; "" where it is not shown */
};

/* At most CSV_FAULTS_MAX are kept; count goes on. */
struct csv_faults {
    struct csv_fault *rows;
    uint64_t count;
};

void csv_faults_release(struct csv_faults *faults);
void csv_faults_add(struct csv_faults *faults, const struct csv_fault *fault);
/* Copies text into value, cut at a whole character. */
void csv_fault_set_value(struct csv_fault *fault, const char *text);
/* "line 12, column 4 (tier1_price): ...". Returns ret. */
char *csv_fault_text(const struct csv_fault *fault, enum gm_language language,
                     char ret[CSV_FAULT_TEXT_MAX]);
