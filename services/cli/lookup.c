#include "cli/lookup.h"

#include <string.h>

#include "methods.h"
#include "wire/check.h"

/* True where name is an id of that kind by its look; then *ret_id, or nothing where it is none. */
static bool names_id(enum gm_id_kind kind, const char *name, struct gm_id *ret_id)
{
    const size_t size = strlen(gm_id_prefix(kind));
    if (strncmp(name, gm_id_prefix(kind), size) != 0 || name[size] != '_') return false;
    return gm_id_parse(kind, gm_bytes_of_text(name), ret_id) == GM_OK;
}

enum cli_exit cli_find_product(struct cli *cli, const char *name, struct gm_id seller,
                               const Catalog__ProductView **ret_view)
{
    Catalog__GetProductRequest request = CATALOG__GET_PRODUCT_REQUEST__INIT;
    struct gm_id id;
    if (names_id(GM_ID_product, name, &id)) {
        request.product_id = gm_message_bytes(&id);
    } else {
        request.seller = gm_message_bytes(&seller);
        request.sku = name;
    }
    const ProtobufCMessage *reply = NULL;
    const enum cli_exit code = cli_get(cli, gm_method_find(GM_METHOD_CATALOG_GET_PRODUCT),
                                       &request.base, (struct gm_call_options){0}, &reply);
    if (code == CLI_EXIT_OK) *ret_view = (const Catalog__ProductView *)reply;
    return code;
}

enum cli_exit cli_find_lot(struct cli *cli, const char *name, struct gm_id seller,
                           const Catalog__LotView **ret_view)
{
    Catalog__GetLotRequest request = CATALOG__GET_LOT_REQUEST__INIT;
    struct gm_id id;
    if (names_id(GM_ID_lot, name, &id)) {
        request.lot_id = gm_message_bytes(&id);
    } else {
        const char *mark = strchr(name, '#');
        const size_t size = mark == NULL ? strlen(name) : (size_t)(mark - name);
        request.seller = gm_message_bytes(&seller);
        request.sku = gm_arena_copy_text(cli->arena, gm_bytes(name, size));
        request.lot_code = mark == NULL ? "MAIN" : mark + 1;
        if (request.sku == NULL) return cli_overflow(cli);
    }
    const ProtobufCMessage *reply = NULL;
    const enum cli_exit code = cli_get(cli, gm_method_find(GM_METHOD_CATALOG_GET_LOT),
                                       &request.base, (struct gm_call_options){0}, &reply);
    if (code == CLI_EXIT_OK) *ret_view = (const Catalog__LotView *)reply;
    return code;
}
