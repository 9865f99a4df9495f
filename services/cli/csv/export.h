/* cli/csv/export.h - products and lots as a CSV file that a spreadsheet opens with its Vietnamese
 * intact: UTF-8 with a BOM, commas, CRLF; a text that a spreadsheet would run as a formula gets a '
 * before it, which an import takes off. What is exported and imported unchanged changes nothing. */
#pragma once

#include <stdio.h>

#include "base/arena.h"
#include "base/status.h"
#include "catalog.pb-c.h"

/* GM_IO where the file cannot be written, GM_TOO_LARGE where the arena is full. */
GM_CHECKED enum gm_status csv_export_products(FILE *file, Catalog__ProductView *const *views,
                                              size_t count, struct gm_arena *arena);
GM_CHECKED enum gm_status csv_export_lots(FILE *file, Catalog__LotView *const *views, size_t count,
                                          struct gm_arena *arena);
