/* cli/csv/plan.h - what an import will do: each row held against what stands there already, so that
 * an unchanged row sends nothing and a changed one only what has changed. Pure; the rules of the
 * catalog are the catalog's, asked by dry runs of these very commands. */
#pragma once

#include "base/id.h"
#include "catalog.pb-c.h"
#include "cli/csv/column.h"

enum csv_action { CSV_SAME, CSV_NEW, CSV_CHANGED, CSV_BAD, CSV_ACTION_COUNT };

enum { CSV_ROW_COMMANDS_MAX = 2 };

struct csv_command {
    uint16_t method;
    const ProtobufCMessage *message;
};

struct csv_planned {
    uint64_t line;
    const char *sku;
    const char *lot_code; /* lots only */
    enum csv_action action;
    unsigned command_count; /* new: publish; changed: revise, then adjust, or one of them */
    struct csv_command commands[CSV_ROW_COMMANDS_MAX];
};

struct csv_plan {
    struct csv_planned *rows;
    uint64_t count;
    uint64_t actions[CSV_ACTION_COUNT];
};

/* existing: all products of the seller, whole, as GetProduct gives them (lists leave descriptions
 * out), in any order; borrowed by the plan. False, with faults, where the header is wrong, so that
 * there is no plan; bad rows are CSV_BAD with their faults. */
bool csv_plan_products(const struct csv_sheet *sheet, Catalog__ProductView *const *existing,
                       size_t existing_count, struct gm_arena *arena, struct csv_plan *ret_plan,
                       struct csv_faults *faults);
/* The same of lots; products are needed for their ids. */
bool csv_plan_lots(const struct csv_sheet *sheet, Catalog__ProductView *const *products,
                   size_t product_count, Catalog__LotView *const *existing, size_t existing_count,
                   struct gm_arena *arena, struct csv_plan *ret_plan, struct csv_faults *faults);

/* The id of a row's command: its time is the start of the UTC day, the rest a hash of file, row and
 * command. So an interrupted import of the day goes on, and what was done is answered as before. */
struct gm_id csv_plan_command_id(const struct csv_sheet *sheet, const struct csv_planned *row,
                                 unsigned command, int64_t now_ms);
