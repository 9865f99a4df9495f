#include "cli/meaning.h"

#include <string.h>

struct row {
    const char *message; /* short name, NULL: any */
    const char *arm;     /* NULL: any */
    const char *field;
    struct cli_meaning meaning;
};

#define ID(name)                   \
    {                              \
        CLI_MEANS_ID, GM_ID_##name \
    }

/* The first row that fits counts. */
static const struct row rows[] = {
    {"ListingChanged", "product_withdrawn", "id", ID(product)},
    {"ListingChanged", NULL, "id", ID(lot)},
    {"RefusedLine", NULL, "reason", {CLI_MEANS_REASON, 0}},
    {"Weights", NULL, "price", {CLI_MEANS_SHARE, 0}},
    {"Weights", NULL, "time", {CLI_MEANS_SHARE, 0}},
    {"Weights", NULL, "co2e", {CLI_MEANS_SHARE, 0}},
    {"Weights", NULL, "distance", {CLI_MEANS_SHARE, 0}},

    {NULL, NULL, "product_id", ID(product)},
    {NULL, NULL, "lot_id", ID(lot)},
    {NULL, NULL, "order_id", ID(order)},
    {NULL, NULL, "request_id", ID(request)},
    {NULL, NULL, "seller", ID(member)},
    {NULL, NULL, "buyer", ID(member)},
    {NULL, NULL, "member", ID(member)},
    {NULL, NULL, "preferred", ID(member)},
    {NULL, NULL, "excluded", ID(member)},
    {NULL, NULL, "cancel_proposed_by", ID(member)},

    {NULL, NULL, "arrival", {CLI_MEANS_DAY, 0}},
    {NULL, NULL, "close_day", {CLI_MEANS_DAY, 0}},
    {NULL, NULL, "needed_by", {CLI_MEANS_DAY, 0}},
    {NULL, NULL, "today", {CLI_MEANS_DAY, 0}},

    {NULL, NULL, "accept_by_ms", {CLI_MEANS_INSTANT, 0}},
    {NULL, NULL, "due_ms", {CLI_MEANS_INSTANT, 0}},
    {NULL, NULL, "from_ms", {CLI_MEANS_INSTANT, 0}},
    {NULL, NULL, "now_ms", {CLI_MEANS_INSTANT, 0}},
    {NULL, NULL, "placed_ms", {CLI_MEANS_INSTANT, 0}},
    {NULL, NULL, "submitted_ms", {CLI_MEANS_INSTANT, 0}},
    {NULL, NULL, "time_ms", {CLI_MEANS_INSTANT, 0}},
    {NULL, NULL, "until_ms", {CLI_MEANS_INSTANT, 0}},

    {NULL, NULL, "oldest_effect_ms", {CLI_MEANS_DURATION, 0}},
    {NULL, NULL, "queue_age_ms", {CLI_MEANS_DURATION, 0}},
    {NULL, NULL, "retry_after_ms", {CLI_MEANS_DURATION, 0}},
    {NULL, NULL, "silent_ms", {CLI_MEANS_DURATION, 0}},
    {NULL, NULL, "uptime_ms", {CLI_MEANS_DURATION, 0}},

    {NULL, NULL, "minor", {CLI_MEANS_MONEY, 0}},
    {NULL, NULL, "new_unit_landed_minor", {CLI_MEANS_MONEY, 0}},
    {NULL, NULL, "price_cap_minor", {CLI_MEANS_MONEY, 0}},
    {NULL, NULL, "price_minor", {CLI_MEANS_MONEY, 0}},
    {NULL, NULL, "target_price_minor", {CLI_MEANS_MONEY, 0}},
    {NULL, NULL, "total_minor", {CLI_MEANS_MONEY, 0}},
    {NULL, NULL, "unit_landed_minor", {CLI_MEANS_MONEY, 0}},
    {NULL, NULL, "unit_price_minor", {CLI_MEANS_MONEY, 0}},

    {NULL, NULL, "over_ppm", {CLI_MEANS_SHARE, 0}},
    {NULL, NULL, "ppm", {CLI_MEANS_SHARE, 0}},
    {NULL, NULL, "recycled_ppm", {CLI_MEANS_SHARE, 0}},
    {NULL, NULL, "saving_ppm", {CLI_MEANS_SHARE, 0}},
    {NULL, NULL, "score", {CLI_MEANS_SHARE, 0}},

    {NULL, NULL, "co2e_cap_g", {CLI_MEANS_GRAMS, 0}},
    {NULL, NULL, "co2e_g", {CLI_MEANS_GRAMS, 0}},
    {NULL, NULL, "co2e_production_g", {CLI_MEANS_GRAMS, 0}},
    {NULL, NULL, "co2e_transport_g", {CLI_MEANS_GRAMS, 0}},
    {NULL, NULL, "gross_g", {CLI_MEANS_GRAMS, 0}},
    {NULL, NULL, "mass_g", {CLI_MEANS_GRAMS, 0}},
    {NULL, NULL, "output_g", {CLI_MEANS_GRAMS, 0}},

    {NULL, NULL, "distance_cap_km", {CLI_MEANS_KM, 0}},
    {NULL, NULL, "km", {CLI_MEANS_KM, 0}},

    {NULL, NULL, "credit_bytes", {CLI_MEANS_BYTES, 0}},
    {NULL, NULL, "disk_free_bytes", {CLI_MEANS_BYTES, 0}},
    {NULL, NULL, "journal_bytes", {CLI_MEANS_BYTES, 0}},
    {NULL, NULL, "rss_anon_bytes", {CLI_MEANS_BYTES, 0}},
    {NULL, NULL, "tables_bytes", {CLI_MEANS_BYTES, 0}},

    {NULL, NULL, "journal_id", {CLI_MEANS_HASH, 0}},
    {NULL, NULL, "state_hash", {CLI_MEANS_HASH, 0}},
    {NULL, NULL, "subscription", {CLI_MEANS_HASH, 0}},
    {NULL, NULL, "batch_hash", {CLI_MEANS_HEX, 0}},
    {NULL, NULL, "group_id", {CLI_MEANS_HEX, 0}},
    {NULL, NULL, "events", {CLI_MEANS_TOKEN, 0}},
    {NULL, NULL, "next_token", {CLI_MEANS_TOKEN, 0}},
    {NULL, NULL, "token", {CLI_MEANS_TOKEN, 0}},
};

static bool fits(const char *wanted, const char *is)
{
    return wanted == NULL || (is != NULL && strcmp(wanted, is) == 0);
}

struct cli_meaning cli_meaning_of(const ProtobufCMessageDescriptor *message,
                                  const ProtobufCFieldDescriptor *field, const char *arm)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].field, field->name) == 0 && fits(rows[i].message, message->short_name) &&
            fits(rows[i].arm, arm))
            return rows[i].meaning;
    }
    return (struct cli_meaning){CLI_MEANS_ITSELF, GM_ID_KIND_COUNT};
}
