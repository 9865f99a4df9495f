#include "cli/show_match.h"

#include <string.h>

#include "base/assert.h"
#include "cli/figure.h"
#include "cli/label.h"
#include "cli/message.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/value.h"
#include "cli/width.h"

struct shower {
    struct cli *cli;
    struct cli_table table;
    const char *currency;
    bool full;
    bool assumed; /* something shown is */
};

static void begin(struct shower *shower)
{
    cli_table_init(&shower->table, shower->cli->arena, "  ");
}

static void column(struct shower *shower, const char *name, bool is_number)
{
    cli_table_column(&shower->table, cli_label_of(name, shower->cli->language), is_number);
}

static void cell(struct shower *shower, const char *text)
{
    if (text != NULL) text = gm_arena_copy_text(shower->cli->arena, gm_bytes_of_text(text));
    shower->full = shower->full || text == NULL || cli_table_cell(&shower->table, text) != GM_OK;
}

static void number_cell(struct shower *shower, int64_t number)
{
    char text[CLI_FIGURE_TEXT_MAX];
    cell(shower, cli_figure_number(shower->cli->language, number, text));
}

static bool rests_on(const Matching__Match *match, const char *const *fields)
{
    for (; *fields != NULL; fields++) {
        for (size_t i = 0; i < match->n_assumed; i++) {
            if (strcmp(match->assumed[i], *fields) == 0) return true;
        }
    }
    return false;
}

/* A figure, marked where it rests on what nobody stated. */
static void figure_cell(struct shower *shower, const Matching__Match *match, const char *text,
                        const char *const *fields)
{
    const bool assumed = rests_on(match, fields);
    shower->assumed = shower->assumed || assumed;
    cell(shower, gm_arena_format(shower->cli->arena, "%s%s", text, assumed ? "*" : ""));
}

static const char *name_of(const ProtobufCEnumDescriptor *descriptor, int value,
                           enum gm_language language)
{
    const ProtobufCEnumValue *named = protobuf_c_enum_descriptor_get_value(descriptor, value);
    return named == NULL ? "?" : cli_label_of_value(named->name, language);
}

static const char *names_cell(struct cli *cli, const ProtobufCMessage *row)
{
    return cli_shown_name(cli, row, cli_message_field_named(row->descriptor, "names"));
}

static const char *shares_of(struct cli *cli, const Matching__Match *match)
{
    const char *list = "";
    for (size_t i = 0; i < match->n_shares && list != NULL; i++) {
        const Matching__Share *share = match->shares[i];
        char text[CLI_FIGURE_TEXT_MAX];
        list = gm_arena_format(
            cli->arena, "%s%s%s %s", list, i == 0 ? "" : ", ",
            name_of(&matching__criterion__descriptor, (int)share->criterion, cli->language),
            cli_figure_share(cli->language, share->ppm, text));
    }
    return list;
}

static const char *notes_of(struct cli *cli, const Matching__Match *match)
{
    const char *list = "";
    for (size_t i = 0; i < match->n_notes && list != NULL; i++) {
        const Matching__Note *note = match->notes[i];
        char text[CLI_FIGURE_TEXT_MAX] = "";
        if (note->kind == MATCHING__NOTE_KIND__CHEAPER_AT)
            cli_figure_number(cli->language, note->value, text);
        list = gm_arena_format(
            cli->arena, "%s%s%s%s%s", list, i == 0 ? "" : "; ",
            name_of(&matching__note_kind__descriptor, (int)note->kind, cli->language),
            text[0] == '\0' ? "" : " ", text);
    }
    return list;
}

static void put_match(struct shower *shower, const Matching__Match *match)
{
    static const char *const of_price[] = {"tiers", NULL};
    static const char *const of_time[] = {"lead_time_days", NULL};
    static const char *const of_co2e[] = {"mass_g", "firing", "body", "pack", NULL};
    struct cli *cli = shower->cli;
    char text[CLI_FIGURE_TEXT_MAX];
    cell(shower, cli_figure_share(cli->language, match->score, text));
    cell(shower, match->sku);
    cell(shower, names_cell(cli, &match->base));
    number_cell(shower, match->quantity);
    cli_figure_money(cli->language, match->unit_landed_minor, shower->currency, text);
    figure_cell(shower, match, text, of_price);
    cli_figure_day(cli->language, match->arrival, text);
    figure_cell(shower, match, text, of_time);
    cli_figure_number(cli->language, match->co2e_g, text);
    figure_cell(shower, match, text, of_co2e);
    number_cell(shower, match->km);
    cell(shower, match->ship_from);
    cell(shower, shares_of(cli, match));
    cell(shower, notes_of(cli, match));
    cell(shower,
         cli_value_bytes((struct cli_meaning){CLI_MEANS_ID, GM_ID_lot}, match->lot_id, cli->arena));
}

static void put_matches(struct shower *shower, const Matching__LineAnswer *line)
{
    begin(shower);
    column(shower, "score", true);
    column(shower, "sku", false);
    column(shower, "names", false);
    column(shower, "quantity", true);
    column(shower, "unit_landed_minor", true);
    column(shower, "arrival", false);
    cli_table_column(&shower->table, "CO2e g", true);
    cli_table_column(&shower->table, "km", true);
    column(shower, "ship_from", false);
    column(shower, "shares", false);
    column(shower, "notes", false);
    column(shower, "lot_id", false);
    for (size_t i = 0; i < line->n_matches; i++) {
        put_match(shower, line->matches[i]);
    }
    if (!shower->full) cli_table_print(&shower->table, shower->cli->out);
}

/* A figure in the constraint's own unit. */
static void excess_cell(struct shower *shower, Matching__Constraint constraint, int64_t figure)
{
    char text[CLI_FIGURE_TEXT_MAX];
    const enum gm_language language = shower->cli->language;
    if (constraint == MATCHING__CONSTRAINT__PRICE_CAP) {
        cell(shower, cli_figure_money(language, figure, shower->currency, text));
        return;
    }
    const char *unit = constraint == MATCHING__CONSTRAINT__DATE
                           ? (language == GM_LANGUAGE_VI ? " ngày" : " d")
                       : constraint == MATCHING__CONSTRAINT__CO2E_CAP     ? " g"
                       : constraint == MATCHING__CONSTRAINT__DISTANCE_CAP ? " km"
                                                                          : "";
    cli_figure_number(language, figure, text);
    cell(shower, gm_arena_format(shower->cli->arena, "%s%s", text, unit));
}

static void put_near_misses(struct shower *shower, const Matching__LineAnswer *line)
{
    struct cli *cli = shower->cli;
    char text[CLI_FIGURE_TEXT_MAX];
    begin(shower);
    column(shower, "constraint", false);
    column(shower, "excess", true);
    column(shower, "limit", true);
    column(shower, "score", true);
    column(shower, "sku", false);
    column(shower, "names", false);
    column(shower, "quantity", true);
    column(shower, "lot_id", false);
    for (size_t i = 0; i < line->n_near_misses; i++) {
        const Matching__NearMiss *miss = line->near_misses[i];
        cell(shower,
             name_of(&matching__constraint__descriptor, (int)miss->constraint, cli->language));
        excess_cell(shower, miss->constraint, miss->excess);
        excess_cell(shower, miss->constraint, miss->limit);
        cell(shower, cli_figure_share(cli->language, miss->score, text));
        cell(shower, miss->sku);
        cell(shower, names_cell(cli, &miss->base));
        number_cell(shower, miss->quantity);
        cell(shower, cli_value_bytes((struct cli_meaning){CLI_MEANS_ID, GM_ID_lot}, miss->lot_id,
                                     cli->arena));
    }
    if (!shower->full) cli_table_print(&shower->table, cli->out);
}

static void put_gains(struct shower *shower, const Matching__LineAnswer *line)
{
    struct cli *cli = shower->cli;
    char text[CLI_FIGURE_TEXT_MAX];
    begin(shower);
    column(shower, "constraint", false);
    column(shower, "relax", true);
    column(shower, "suppliers_added", true);
    column(shower, "new_unit_landed_minor", true);
    column(shower, "saving_ppm", true);
    for (size_t i = 0; i < line->n_gains; i++) {
        const Matching__Gain *gain = line->gains[i];
        const bool saves = gain->saving_case == MATCHING__GAIN__SAVING_SAVING_PPM;
        cell(shower,
             name_of(&matching__constraint__descriptor, (int)gain->constraint, cli->language));
        excess_cell(shower, gain->constraint, gain->relax);
        number_cell(shower, gain->suppliers_added);
        cell(shower,
             cli_figure_money(cli->language, gain->new_unit_landed_minor, shower->currency, text));
        cell(shower, saves ? cli_figure_share(cli->language, gain->saving_ppm, text) : "");
    }
    if (!shower->full) cli_table_print(&shower->table, cli->out);
}

static void put_line(struct shower *shower, const Matching__SourcingRequest *request,
                     const Matching__LineAnswer *line)
{
    struct cli *cli = shower->cli;
    char shown[CLI_FIGURE_TEXT_MAX], all[CLI_FIGURE_TEXT_MAX], number[CLI_FIGURE_TEXT_MAX];
    const bool known = request != NULL && line->line < request->n_lines;
    const Matching__SourcingLine *asked = known ? request->lines[line->line] : NULL;
    cli_figure_number(cli->language, (int64_t)line->line + 1, number);
    cli_figure_number(cli->language, asked == NULL ? 0 : asked->quantity, shown);
    CLI_TELL(cli, CLI_SAY_LINE, number, asked == NULL ? "?" : shown,
             asked == NULL ? "?" : asked->category);

    cli_figure_number(cli->language, (int64_t)line->n_matches, shown);
    cli_figure_number(cli->language, line->matches_total, all);
    if (line->n_matches == 0) {
        CLI_TELL(cli, CLI_SAY_NO_MATCHES, "");
    } else {
        CLI_TELL(cli, CLI_SAY_MATCHES, shown, all);
        put_matches(shower, line);
    }
    if (line->n_near_misses > 0) {
        cli_figure_number(cli->language, (int64_t)line->n_near_misses, shown);
        cli_figure_number(cli->language, line->near_misses_total, all);
        CLI_TELL(cli, CLI_SAY_NEAR_MISSES, shown, all);
        put_near_misses(shower, line);
    }
    if (line->n_gains > 0) {
        CLI_TELL(cli, CLI_SAY_GAINS, "");
        put_gains(shower, line);
    }
    fputc('\n', cli->out);
}

enum cli_exit cli_show_matches(struct cli *cli, const Matching__SourcingRequest *request,
                               const Matching__LineAnswer *const *lines, size_t count)
{
    struct shower shower = {.cli = cli, .currency = request == NULL ? "" : request->currency};
    for (size_t i = 0; i < count && !shower.full; i++) {
        put_line(&shower, request, lines[i]);
    }
    if (shower.full) return cli_overflow(cli);
    if (shower.assumed) CLI_TELL(cli, CLI_SAY_ASSUMED, "");
    return CLI_EXIT_OK;
}
