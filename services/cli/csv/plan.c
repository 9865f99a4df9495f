#include "cli/csv/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/time.h"
#include "methods.h"
#include "wire/check.h"

static const char main_code[] = "MAIN";

/* ---- what stands already, by key ---- */

struct known {
    const char *sku;
    const char *lot_code;
    const void *view;
    uint64_t line; /* of the file's row with this key, 0: none yet */
};

struct known_rows {
    struct known *rows;
    size_t count;
};

static int by_key(const void *a, const void *b)
{
    const struct known *x = a;
    const struct known *y = b;
    const int order = strcmp(x->sku, y->sku);
    return order != 0 ? order : strcmp(x->lot_code, y->lot_code);
}

static void *find(const struct known_rows *known, const char *sku, const char *lot_code)
{
    const struct known key = {.sku = sku, .lot_code = lot_code};
    return known->count == 0
               ? NULL
               : bsearch(&key, known->rows, known->count, sizeof *known->rows, by_key);
}

static bool know_products(Catalog__ProductView *const *views, size_t count, struct gm_arena *arena,
                          struct known_rows *ret_known)
{
    ret_known->rows = GM_ARENA_ARRAY(arena, struct known, count + 1);
    ret_known->count = count;
    if (ret_known->rows == NULL) return false;
    for (size_t i = 0; i < count; i++)
        ret_known->rows[i] = (struct known){views[i]->product->sku, "", views[i], 0};
    if (count > 0) qsort(ret_known->rows, count, sizeof *ret_known->rows, by_key);
    return true;
}

static bool know_lots(Catalog__LotView *const *views, size_t count, struct gm_arena *arena,
                      struct known_rows *ret_known)
{
    ret_known->rows = GM_ARENA_ARRAY(arena, struct known, count + 1);
    ret_known->count = count;
    if (ret_known->rows == NULL) return false;
    for (size_t i = 0; i < count; i++)
        ret_known->rows[i] =
            (struct known){views[i]->lot->sku, views[i]->lot->lot_code, views[i], 0};
    if (count > 0) qsort(ret_known->rows, count, sizeof *ret_known->rows, by_key);
    return true;
}

/* ---- one file ---- */

struct planning {
    const struct csv_sheet *sheet;
    struct gm_arena *arena;
    struct csv_faults *faults;
    struct csv_plan *plan;
    struct known_rows products;
    struct known_rows lots;
};

static void fault(const struct planning *planning, const struct csv_row *row, const char *column,
                  enum csv_problem problem, enum gm_reason reason)
{
    struct csv_fault found = {
        .line = row->line, .problem = problem, .reason = reason, .column_name = ""};
    const int at = csv_sheet_column(planning->sheet, column);
    if (at >= 0) {
        found.column = (unsigned)at + 1;
        found.column_name = planning->sheet->header[at];
        csv_fault_set_value(&found, row->cells[at]);
    } else {
        const char *name = gm_arena_copy_text(planning->arena, gm_bytes_of_text(column));
        if (name != NULL) found.column_name = name;
    }
    csv_faults_add(planning->faults, &found);
}

/* A key of the row, upper-case; NULL, with a fault, where it is none. */
static const char *key_cell(const struct planning *planning, const struct csv_row *row,
                            const char *column, const char *standard)
{
    const int at = csv_sheet_column(planning->sheet, column);
    const char *cell = at < 0 ? "" : row->cells[at];
    struct gm_bytes code;
    if (cell[0] == '\0' && standard != NULL) return standard;
    if (cell[0] == '\0') {
        fault(planning, row, column, CSV_REFUSED, GM_REASON_FIELD_MISSING);
        return NULL;
    }
    if (gm_text_code(planning->arena, gm_bytes_of_text(cell), &code) != GM_OK) {
        fault(planning, row, column, CSV_REFUSED, GM_REASON_BAD_TEXT);
        return NULL;
    }
    return gm_arena_copy_text(planning->arena, code);
}

/* Whether the command keeps to the limits of its fields; where not, the column is named. */
static bool within_limits(const struct planning *planning, const struct csv_row *row,
                          uint16_t method, const ProtobufCMessage *message)
{
    char path[GM_FIELD_PATH_BYTES_MAX + 1] = "";
    char column[CSV_NAME_MAX];
    const enum gm_reason reason =
        gm_message_check_built(message, gm_method_find(method)->request, planning->arena, path);
    if (reason == GM_REASON_NONE) return true;
    fault(planning, row, csv_columns_of_path(path, column), CSV_REFUSED, reason);
    return false;
}

static bool add_command(const struct planning *planning, const struct csv_row *row,
                        struct csv_planned *planned, uint16_t method,
                        const ProtobufCMessage *message)
{
    GM_ASSERT(planned->command_count < CSV_ROW_COMMANDS_MAX);
    planned->commands[planned->command_count++] = (struct csv_command){method, message};
    return within_limits(planning, row, method, message);
}

/* A copy that can be changed; what is not changed is borrowed. */
static void *copy_terms(const ProtobufCMessage *terms, struct gm_arena *arena)
{
    return gm_arena_copy(arena, terms, terms->descriptor->sizeof_message);
}

static bool same(const ProtobufCMessage *a, const ProtobufCMessage *b, struct gm_arena *arena)
{
    const size_t mark = gm_arena_mark(arena);
    const struct gm_bytes x = gm_message_pack(a, arena);
    const struct gm_bytes y = gm_message_pack(b, arena);
    const bool equal = x.at != NULL && y.at != NULL && gm_bytes_equal(x, y);
    gm_arena_rewind(arena, mark);
    return equal;
}

/* ---- products ---- */

static int by_name_language(const void *a, const void *b)
{
    const Common__LocalText *x = *(Common__LocalText *const *)a;
    const Common__LocalText *y = *(Common__LocalText *const *)b;
    return strcasecmp(x->language, y->language);
}

static int by_description_language(const void *a, const void *b)
{
    const Common__LocalBlock *x = *(Common__LocalBlock *const *)a;
    const Common__LocalBlock *y = *(Common__LocalBlock *const *)b;
    return strcasecmp(x->language, y->language);
}

/* A shallow copy whose languages stand in order: which stands first in a file is no difference.
 * NULL where the arena is full. */
static const Catalog__ProductTerms *in_order(const Catalog__ProductTerms *terms,
                                             struct gm_arena *arena)
{
    Catalog__ProductTerms *copy = copy_terms(&terms->base, arena);
    if (copy == NULL) return NULL;
    if (terms->n_names > 0) {
        copy->names = gm_arena_copy(arena, terms->names, terms->n_names * sizeof(void *));
        if (copy->names == NULL) return NULL;
        qsort(copy->names, copy->n_names, sizeof(void *), by_name_language);
    }
    if (terms->n_descriptions > 0) {
        copy->descriptions =
            gm_arena_copy(arena, terms->descriptions, terms->n_descriptions * sizeof(void *));
        if (copy->descriptions == NULL) return NULL;
        qsort(copy->descriptions, copy->n_descriptions, sizeof(void *), by_description_language);
    }
    return copy;
}

static bool same_product(const Catalog__ProductTerms *a, const Catalog__ProductTerms *b,
                         struct gm_arena *arena)
{
    const size_t mark = gm_arena_mark(arena);
    const Catalog__ProductTerms *x = in_order(a, arena);
    const Catalog__ProductTerms *y = in_order(b, arena);
    const bool equal = x != NULL && y != NULL && same(&x->base, &y->base, arena);
    gm_arena_rewind(arena, mark);
    return equal;
}

static bool plan_product(const struct planning *planning, const struct csv_row *row,
                         struct csv_planned *planned)
{
    struct known *known = find(&planning->products, planned->sku, "");
    const Catalog__ProductView *view = known == NULL ? NULL : known->view;
    Catalog__ProductTerms *terms = view != NULL
                                       ? copy_terms(&view->product->terms->base, planning->arena)
                                       : GM_ARENA_NEW(planning->arena, Catalog__ProductTerms);
    Catalog__PublishProductRequest *publish =
        GM_ARENA_NEW(planning->arena, Catalog__PublishProductRequest);
    Catalog__ReviseProductRequest *revise =
        GM_ARENA_NEW(planning->arena, Catalog__ReviseProductRequest);
    if (terms == NULL || publish == NULL || revise == NULL) {
        fault(planning, row, "", CSV_TOO_LARGE, GM_REASON_NONE);
        return false;
    }
    if (view == NULL) catalog__product_terms__init(terms);
    if (!csv_columns_product(planning->sheet, row, terms, planning->arena, planning->faults))
        return false;
    if (view == NULL) {
        catalog__publish_product_request__init(publish);
        publish->sku = planned->sku;
        publish->terms = terms;
        planned->action = CSV_NEW;
        return add_command(planning, row, planned, GM_METHOD_CATALOG_PUBLISH_PRODUCT,
                           &publish->base);
    }
    if (same_product(terms, view->product->terms, planning->arena)) return true;
    catalog__revise_product_request__init(revise);
    revise->product_id = view->product->product_id;
    revise->revision = view->revision;
    revise->terms = terms;
    planned->action = CSV_CHANGED;
    return add_command(planning, row, planned, GM_METHOD_CATALOG_REVISE_PRODUCT, &revise->base);
}

/* ---- lots ---- */

static bool publish_lot(const struct planning *planning, const struct csv_row *row,
                        struct csv_planned *planned, const Catalog__ProductView *product,
                        Catalog__LotTerms *terms, int64_t on_hand)
{
    Catalog__PublishLotRequest *publish = GM_ARENA_NEW(planning->arena, Catalog__PublishLotRequest);
    if (publish == NULL) {
        fault(planning, row, "", CSV_TOO_LARGE, GM_REASON_NONE);
        return false;
    }
    catalog__publish_lot_request__init(publish);
    publish->product_id = product->product->product_id;
    publish->lot_code = planned->lot_code;
    publish->terms = terms;
    publish->on_hand = on_hand < 0 ? 0 : on_hand;
    planned->action = CSV_NEW;
    return add_command(planning, row, planned, GM_METHOD_CATALOG_PUBLISH_LOT, &publish->base);
}

static bool change_lot(const struct planning *planning, const struct csv_row *row,
                       struct csv_planned *planned, const Catalog__LotView *view,
                       Catalog__LotTerms *terms, int64_t on_hand)
{
    Catalog__ReviseLotRequest *revise = GM_ARENA_NEW(planning->arena, Catalog__ReviseLotRequest);
    Catalog__AdjustRequest *adjust = GM_ARENA_NEW(planning->arena, Catalog__AdjustRequest);
    if (revise == NULL || adjust == NULL) {
        fault(planning, row, "", CSV_TOO_LARGE, GM_REASON_NONE);
        return false;
    }
    bool right = true;
    if (!same(&terms->base, &view->lot->terms->base, planning->arena)) {
        catalog__revise_lot_request__init(revise);
        revise->lot_id = view->lot->lot_id;
        revise->revision = view->revision;
        revise->terms = terms;
        planned->action = CSV_CHANGED;
        right = add_command(planning, row, planned, GM_METHOD_CATALOG_REVISE_LOT, &revise->base);
    }
    if (on_hand >= 0 && on_hand != view->on_hand) {
        catalog__adjust_request__init(adjust);
        adjust->lot_id = view->lot->lot_id;
        adjust->reason = CATALOG__ADJUST_REASON__COUNTED;
        adjust->quantity = on_hand;
        planned->action = CSV_CHANGED;
        if (!add_command(planning, row, planned, GM_METHOD_CATALOG_ADJUST, &adjust->base))
            right = false;
    }
    return right;
}

static bool plan_lot(const struct planning *planning, const struct csv_row *row,
                     struct csv_planned *planned)
{
    const struct known *product = find(&planning->products, planned->sku, "");
    const struct known *known = find(&planning->lots, planned->sku, planned->lot_code);
    if (product == NULL) {
        fault(planning, row, "sku", CSV_PRODUCT_UNKNOWN, GM_REASON_NONE);
        return false;
    }
    const Catalog__LotView *view = known == NULL ? NULL : known->view;
    Catalog__LotTerms *terms = view != NULL ? copy_terms(&view->lot->terms->base, planning->arena)
                                            : GM_ARENA_NEW(planning->arena, Catalog__LotTerms);
    if (terms == NULL) {
        fault(planning, row, "", CSV_TOO_LARGE, GM_REASON_NONE);
        return false;
    }
    if (view == NULL) catalog__lot_terms__init(terms);
    int64_t on_hand;
    if (!csv_columns_lot(planning->sheet, row, terms, &on_hand, planning->arena, planning->faults))
        return false;
    return view == NULL ? publish_lot(planning, row, planned, product->view, terms, on_hand)
                        : change_lot(planning, row, planned, view, terms, on_hand);
}

/* ---- all rows ---- */

/* Sorted by key, so that a key that stands twice is found; the later line is the bad one. */
static int by_planned_key(const void *a, const void *b)
{
    const struct csv_planned *x = *(const struct csv_planned *const *)a;
    const struct csv_planned *y = *(const struct csv_planned *const *)b;
    int order = strcmp(x->sku, y->sku);
    if (order == 0) order = strcmp(x->lot_code, y->lot_code);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static void find_doubles(const struct planning *planning)
{
    struct csv_plan *plan = planning->plan;
    const struct csv_planned **sorted =
        GM_ARENA_ARRAY(planning->arena, const struct csv_planned *, plan->count + 1);
    size_t count = 0;
    if (sorted == NULL) return;
    for (uint64_t i = 0; i < plan->count; i++)
        if (plan->rows[i].sku != NULL && plan->rows[i].lot_code != NULL)
            sorted[count++] = &plan->rows[i];
    if (count > 0) qsort(sorted, count, sizeof *sorted, by_planned_key);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(sorted[i]->sku, sorted[i - 1]->sku) != 0 ||
            strcmp(sorted[i]->lot_code, sorted[i - 1]->lot_code) != 0)
            continue;
        struct csv_planned *row = &plan->rows[sorted[i] - plan->rows];
        csv_faults_add(planning->faults, &(struct csv_fault){.line = row->line,
                                                             .column_name = "sku",
                                                             .problem = CSV_ROW_TWICE,
                                                             .other_line = sorted[i - 1]->line});
        row->action = CSV_BAD;
    }
}

static void count_actions(struct csv_plan *plan)
{
    for (uint64_t i = 0; i < plan->count; i++) {
        if (plan->rows[i].action == CSV_BAD) plan->rows[i].command_count = 0;
        plan->actions[plan->rows[i].action]++;
    }
}

static bool plan_all(struct planning *planning, bool of_lots)
{
    const struct csv_sheet *sheet = planning->sheet;
    struct csv_plan *plan = planning->plan;
    plan->rows = GM_ARENA_ARRAY(planning->arena, struct csv_planned, sheet->row_count + 1);
    if (plan->rows == NULL) {
        csv_faults_add(planning->faults,
                       &(struct csv_fault){.column_name = "", .problem = CSV_TOO_LARGE});
        return false;
    }
    plan->count = sheet->row_count;
    for (uint64_t i = 0; i < sheet->row_count; i++) {
        const struct csv_row *row = &sheet->rows[i];
        struct csv_planned *planned = &plan->rows[i];
        planned->line = row->line;
        planned->sku = key_cell(planning, row, "sku", NULL);
        planned->lot_code = of_lots ? key_cell(planning, row, "lot_code", main_code) : "";
        const bool right =
            planned->sku != NULL && planned->lot_code != NULL &&
            (of_lots ? plan_lot(planning, row, planned) : plan_product(planning, row, planned));
        if (!right) planned->action = CSV_BAD;
    }
    find_doubles(planning);
    count_actions(plan);
    return true;
}

bool csv_plan_products(const struct csv_sheet *sheet, Catalog__ProductView *const *existing,
                       size_t existing_count, struct gm_arena *arena, struct csv_plan *ret_plan,
                       struct csv_faults *faults)
{
    *ret_plan = (struct csv_plan){0};
    struct planning planning = {.sheet = sheet, .arena = arena, .faults = faults, .plan = ret_plan};
    if (!csv_columns_check_products(sheet, faults)) return false;
    if (!know_products(existing, existing_count, arena, &planning.products)) return false;
    return plan_all(&planning, false);
}

bool csv_plan_lots(const struct csv_sheet *sheet, Catalog__ProductView *const *products,
                   size_t product_count, Catalog__LotView *const *existing, size_t existing_count,
                   struct gm_arena *arena, struct csv_plan *ret_plan, struct csv_faults *faults)
{
    *ret_plan = (struct csv_plan){0};
    struct planning planning = {.sheet = sheet, .arena = arena, .faults = faults, .plan = ret_plan};
    if (!csv_columns_check_lots(sheet, faults)) return false;
    if (!know_products(products, product_count, arena, &planning.products) ||
        !know_lots(existing, existing_count, arena, &planning.lots))
        return false;
    return plan_all(&planning, true);
}

struct gm_id csv_plan_command_id(const struct csv_sheet *sheet, const struct csv_planned *row,
                                 unsigned command, int64_t now_ms)
{
    uint8_t content[GM_HASH_BYTES + 16];
    memcpy(content, sheet->hash.v, GM_HASH_BYTES);
    gm_put_u64(content + GM_HASH_BYTES, row->line);
    gm_put_u64(content + GM_HASH_BYTES + 8, command);
    return gm_id_of_content(now_ms - now_ms % GM_DAY_MS, gm_bytes(content, sizeof content));
}
