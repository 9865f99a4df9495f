/* cli/number.h - numbers as people write them, read to the last unit or refused, never multiplied
 * or divided by a guess; and written so that they are read back as they were.
 *
 * A number has up to `decimals` digits after its decimal mark: none for a count or an amount in
 * dong, two for euro. It is digits, and between them:
 *
 *   nothing                 1200000
 *   marks in threes         1.200.000  1,200,000  1 200 000  1'200'000: one kind of mark, one to
 *                           three digits before the first of them, not beginning with 0
 *   a decimal mark          12.5  12,50: one . or , and behind it any number of digits but three;
 *                           those that are too many have to be 0 (69000.00 is 69000)
 *   both                    1.200,50  1,200.50: two kinds, the decimal mark the last
 *
 * One mark with three digits behind it (1.200) groups where there are no decimals. With decimals it
 * could be either, and is refused; 0.500 and, behind groups, 1,200.500 are no group of three and
 * stand for what they say where the currency has three decimals. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum cli_number_fault {
    CLI_NUMBER_FINE = 0,
    CLI_NUMBER_EMPTY,
    CLI_NUMBER_NO_NUMBER, /* letters, or marks where none can stand */
    CLI_NUMBER_NEGATIVE,
    CLI_NUMBER_SCIENTIFIC, /* 1.2E+06: a spreadsheet has dropped digits */
    CLI_NUMBER_AMBIGUOUS,  /* 1.200 with decimals */
    CLI_NUMBER_TOO_FINE,   /* more decimals than there are */
    CLI_NUMBER_TOO_LARGE,  /* beyond 10^18 */
    CLI_NUMBER_FAULT_COUNT,
};

enum {
    CLI_NUMBER_DECIMALS_MAX = 4, /* of a currency of ISO 4217 */
    CLI_NUMBER_TEXT_MAX = 32,    /* bytes of a written number, NUL included */
};

/* In units of the last decimal: "12,50" with two decimals is 1250. Outer white space is passed
 * over. */
GM_CHECKED enum cli_number_fault cli_number_read(struct gm_bytes text, int decimals,
                                                 int64_t *ret_number);

/* With a mark between thousands (0: none) and a decimal mark; all decimals are written. Number may
 * be negative. Returns ret. */
char *cli_number_write(int64_t number, int decimals, char thousands, char decimal,
                       char ret[CLI_NUMBER_TEXT_MAX]);

/* For a file: without marks between thousands, and such that cli_number_read takes it: 1.234 with
 * three decimals is written 1.2340. */
char *cli_number_write_plain(int64_t number, int decimals, char decimal,
                             char ret[CLI_NUMBER_TEXT_MAX]);
