/* cli/lookup.h - products and lots as people name them, asked of the catalog. */
#pragma once

#include "catalog.pb-c.h"
#include "cli/cli.h"

/* prd_... or the SKU of that seller's product. */
GM_CHECKED enum cli_exit cli_find_product(struct cli *cli, const char *name, struct gm_id seller,
                                          const Catalog__ProductView **ret_view);
/* lot_..., SKU#CODE or SKU, which is the lot MAIN. */
GM_CHECKED enum cli_exit cli_find_lot(struct cli *cli, const char *name, struct gm_id seller,
                                      const Catalog__LotView **ret_view);
