/* cli/figure.h - money, days, quantities and shares as a reader of that language writes them; money
 * as a reader may have written it. Instants are shown in Viet Nam's time. Pure; each function
 * returns ret. */
#pragma once

#include <stdint.h>

#include "base/numbers.h"
#include "base/reason.h"
#include "cli/number.h"

enum { CLI_FIGURE_TEXT_MAX = 64 }; /* bytes, NUL included */

/* 1.200.000 in Vietnamese, 1,200,000 in English. */
char *cli_figure_number(enum gm_language language, int64_t number, char ret[CLI_FIGURE_TEXT_MAX]);
/* With so many decimals, trailing zeros left out: 1,5. */
char *cli_figure_decimal(enum gm_language language, int64_t number, int decimals,
                         char ret[CLI_FIGURE_TEXT_MAX]);
/* 1.200.000 ₫, ₫1,200,000; currencies without a sign of their own by their code: CHF 12.50. */
char *cli_figure_money(enum gm_language language, int64_t minor, const char *currency,
                       char ret[CLI_FIGURE_TEXT_MAX]);
/* 24/11/2026, 2026-11-24; and with hours, minutes and seconds behind it. */
char *cli_figure_day(enum gm_language language, int64_t day, char ret[CLI_FIGURE_TEXT_MAX]);
char *cli_figure_instant(enum gm_language language, int64_t time_ms, char ret[CLI_FIGURE_TEXT_MAX]);
/* Parts per million as a percentage with one decimal, cut: 87,3 %. */
char *cli_figure_share(enum gm_language language, int64_t ppm, char ret[CLI_FIGURE_TEXT_MAX]);
/* In the largest binary unit of which there is one at least, one decimal, cut: 1.5 MiB. */
char *cli_figure_bytes(enum gm_language language, uint64_t bytes, char ret[CLI_FIGURE_TEXT_MAX]);
/* The two largest parts, cut: 3 h 20 min, 1.2 s as 1 s 200 ms. */
char *cli_figure_duration(uint64_t ms, char ret[CLI_FIGURE_TEXT_MAX]);

/* Minor units of an amount that a person wrote: a number with the currency's decimals (number.h),
 * with its sign or code before or behind it or without: "1.200.000 ₫", "VND 69,000". The sign of
 * another currency is no number. */
GM_CHECKED enum cli_number_fault
cli_figure_read_money(struct gm_bytes text, struct gm_currency currency, int64_t *ret_minor);
