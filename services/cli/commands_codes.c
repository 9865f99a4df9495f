#include <string.h>

#include <utf8proc.h>

#include "base/assert.h"
#include "cli/command.h"
#include "cli/figure.h"
#include "cli/label.h"
#include "cli/table.h"
#include "proto/codes.h"

static const struct cli_input search_inputs[] = {
    {"TEXT",
     NULL,
     NULL,
     CLI_ARGUMENT,
     {"What its code or name contains, with or without tones.",
      "Chuỗi có trong mã hoặc tên, có dấu hay không dấu."}},
    CLI_INPUTS_END};

/* Without tones and capitals, so that `bat trang` finds Bát Tràng; NULL: the arena is full. */
static const char *folded(struct gm_arena *arena, const char *text)
{
    utf8proc_uint8_t *plain = NULL;
    const utf8proc_ssize_t size = utf8proc_map((const utf8proc_uint8_t *)text, 0, &plain,
                                               UTF8PROC_NULLTERM | UTF8PROC_DECOMPOSE |
                                                   UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD);
    if (size < 0) return "";
    char *copy = gm_arena_alloc(arena, (size_t)size + 1);
    size_t used = 0;
    for (utf8proc_ssize_t i = 0; i < size && copy != NULL; i++) {
        /* The d with a stroke has no decomposition. */
        if (plain[i] == 0xc4 && plain[i + 1] == 0x91) {
            copy[used++] = 'd';
            i++;
        } else {
            copy[used++] = (char)plain[i];
        }
    }
    if (copy != NULL) copy[used] = '\0';
    free(plain);
    return copy;
}

static bool contains(struct cli *cli, const char *wanted, const char *text)
{
    const size_t mark = gm_arena_mark(cli->arena);
    const char *plain = folded(cli->arena, text);
    const bool found = plain != NULL && strstr(plain, wanted) != NULL;
    gm_arena_rewind(cli->arena, mark);
    return found;
}

struct listing {
    struct cli *cli;
    struct cli_table table;
    json_t *rows;
    const char *wanted; /* folded */
    bool full;
};

static void begin(struct cli *cli, const struct cli_line *line, struct listing *ret_listing)
{
    const char *text = cli_given_of(line, "TEXT");
    const char *wanted = folded(cli->arena, text == NULL ? "" : text);
    *ret_listing = (struct listing){.cli = cli, .wanted = wanted == NULL ? "" : wanted};
    cli_table_init(&ret_listing->table, cli->arena, "");
    ret_listing->rows = json_array();
}

static void cell(struct listing *listing, const char *text)
{
    const char *copy = gm_arena_copy_text(listing->cli->arena, gm_bytes_of_text(text));
    listing->full = listing->full || copy == NULL || cli_table_cell(&listing->table, copy) != GM_OK;
}

static enum cli_exit end(struct listing *listing, const struct cli_line *line)
{
    struct cli *cli = listing->cli;
    const char *text = cli_given_of(line, "TEXT");
    if (listing->full) {
        json_decref(listing->rows);
        return cli_overflow(cli);
    }
    const size_t count = json_array_size(listing->rows);
    if (cli->settings.json) {
        cli_put_json(cli, listing->rows);
    } else {
        cli_table_print(&listing->table, cli->out);
        json_decref(listing->rows);
    }
    if (count > 0) return CLI_EXIT_OK;
    return CLI_FAIL(cli, CLI_EXIT_REFUSED, CLI_SAY_CODES_NONE, text == NULL ? "" : text);
}

static void column(struct listing *listing, const char *name)
{
    cli_table_column(&listing->table, cli_label_of(name, listing->cli->language), false);
}

static const char *kind_name(enum gm_place_kind kind, enum gm_language language)
{
    static const char *const names[GM_PLACE_KIND_COUNT][GM_LANGUAGE_COUNT] = {
        [GM_PLACE_VILLAGE] = {"village", "làng nghề"},
        [GM_PLACE_TOWN] = {"town", "xã, phường, thị trấn"},
        [GM_PLACE_CITY] = {"city", "thành phố"},
    };
    GM_ASSERT(kind < GM_PLACE_KIND_COUNT);
    return names[kind][language];
}

static enum cli_exit places(struct cli *cli, const struct cli_line *line)
{
    struct listing listing;
    begin(cli, line, &listing);
    column(&listing, "code");
    column(&listing, "name");
    column(&listing, "kind");
    column(&listing, "country");
    column(&listing, "subdivision");
    column(&listing, "village");
    for (uint32_t i = 0; i < gm_place_count; i++) {
        const struct gm_place *place = &gm_places[i];
        if (!contains(cli, listing.wanted, place->code) &&
            !contains(cli, listing.wanted, place->name))
            continue;
        cell(&listing, place->code);
        cell(&listing, place->name);
        cell(&listing, kind_name(place->kind, cli->language));
        cell(&listing, place->country);
        cell(&listing, place->subdivision);
        cell(&listing, place->village);
        json_array_append_new(listing.rows, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:i}", "code",
                                                      place->code, "name", place->name, "kind",
                                                      kind_name(place->kind, GM_LANGUAGE_EN),
                                                      "country", place->country, "subdivision",
                                                      place->subdivision, "village", place->village,
                                                      "latitude_microdegrees", place->latitude,
                                                      "longitude_microdegrees", place->longitude));
    }
    return end(&listing, line);
}

static json_t *figure_json(int64_t figure)
{
    return figure == GM_CODES_NO_FIGURE ? json_null() : json_integer(figure);
}

static void figure_cell(struct listing *listing, int64_t figure, const char *currency)
{
    char text[CLI_FIGURE_TEXT_MAX] = "";
    if (figure != GM_CODES_NO_FIGURE && currency != NULL)
        cli_figure_money(listing->cli->language, figure, currency, text);
    if (figure != GM_CODES_NO_FIGURE && currency == NULL)
        cli_figure_number(listing->cli->language, figure, text);
    cell(listing, text);
}

static enum cli_exit categories(struct cli *cli, const struct cli_line *line)
{
    struct listing listing;
    begin(cli, line, &listing);
    column(&listing, "category");
    column(&listing, "name");
    column(&listing, "parent");
    cli_table_column(&listing.table, cli_label_of("reference_price", cli->language), true);
    cli_table_column(&listing.table, cli_label_of("reference_co2e", cli->language), true);
    for (uint32_t i = 0; i < gm_category_count; i++) {
        const struct gm_category *category = &gm_categories[i];
        const bool is_root = category->parent == i;
        if (!contains(cli, listing.wanted, category->slug) &&
            !contains(cli, listing.wanted, category->vi) &&
            !contains(cli, listing.wanted, category->en))
            continue;
        const char *parent = is_root ? "" : gm_categories[category->parent].slug;
        cell(&listing, category->slug);
        cell(&listing, cli->language == GM_LANGUAGE_VI ? category->vi : category->en);
        cell(&listing, parent);
        figure_cell(&listing, category->reference_price_vnd, "VND");
        figure_cell(&listing, category->reference_co2e_g, NULL);
        json_array_append_new(
            listing.rows,
            json_pack("{s:s,s:s,s:s,s:s?,s:o,s:o}", "category", category->slug, "vi", category->vi,
                      "en", category->en, "parent", is_root ? NULL : parent, "reference_price_vnd",
                      figure_json(category->reference_price_vnd), "reference_co2e_g",
                      figure_json(category->reference_co2e_g)));
    }
    return end(&listing, line);
}

static enum cli_exit reasons(struct cli *cli, const struct cli_line *line)
{
    struct listing listing;
    begin(cli, line, &listing);
    column(&listing, "reason");
    column(&listing, "status");
    column(&listing, "transient");
    column(&listing, "sentence");
    for (unsigned i = 0; i < gm_reason_count; i++) {
        const struct gm_reason_row *row = &gm_reasons[i];
        if (!contains(cli, listing.wanted, row->word) &&
            !contains(cli, listing.wanted, row->sentence[cli->language]))
            continue;
        cell(&listing, row->word);
        cell(&listing, gm_code_name(row->status));
        cell(&listing, !row->transient ? "" : cli->language == GM_LANGUAGE_VI ? "có" : "yes");
        cell(&listing, row->sentence[cli->language]);
        json_array_append_new(listing.rows,
                              json_pack("{s:i,s:s,s:s,s:b,s:s,s:s,s:s}", "number", row->number,
                                        "reason", row->word, "status", gm_code_name(row->status),
                                        "transient", row->transient, "giver", row->giver, "en",
                                        row->sentence[GM_LANGUAGE_EN], "vi",
                                        row->sentence[GM_LANGUAGE_VI]));
    }
    return end(&listing, line);
}

const struct cli_command cli_code_commands[] = {
    {"places",
     NULL,
     NULL,
     search_inputs,
     places,
     {"Searches the places that goods ship from and go to.", "Tìm địa điểm gửi và nhận hàng."},
     false},
    {"categories",
     NULL,
     NULL,
     search_inputs,
     categories,
     {"Searches the categories of products.", "Tìm danh mục sản phẩm."},
     false},
    {"reasons",
     NULL,
     NULL,
     search_inputs,
     reasons,
     {"Lists why something may be refused.", "Liệt kê các lý do từ chối."},
     false},
    {NULL, NULL, NULL, NULL, NULL, {NULL, NULL}, false},
};
