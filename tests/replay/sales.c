#include "sales.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/numbers.h"
#include "cli/member.h"

enum { FIELDS = 7, SALES_MAX = 1000 * 1000 };

/* Takes the line apart where it stands. */
static bool read_sale(char *text, struct sale *ret_sale)
{
    char *fields[FIELDS];
    for (unsigned i = 0; i < FIELDS; i++) {
        fields[i] = strsep(&text, "\t");
        if (fields[i] == NULL || fields[i][0] == '\0') return false;
    }
    char *end;
    const long long quantity = strtoll(fields[6], &end, 10);
    struct gm_id buyer;
    struct gm_id seller;
    if (text != NULL || *end != '\0' || quantity < 1 || quantity > GM_QUANTITY_MAX ||
        cli_member_parse(gm_bytes_of_text(fields[2]), &buyer) != GM_OK ||
        cli_member_parse(gm_bytes_of_text(fields[4]), &seller) != GM_OK)
        return false;
    *ret_sale = (struct sale){.invoice = fields[0],
                              .time = fields[1],
                              .buyer = buyer,
                              .deliver_to = fields[3],
                              .seller = seller,
                              .sku = fields[5],
                              .quantity = quantity};
    return true;
}

struct sales sales_read(struct tool *tool, const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (file == NULL) tool_fail("%s: %s", path, strerror(errno));
    struct sales sales = {.at = gm_arena_alloc(&tool->arena, SALES_MAX * sizeof *sales.at)};
    if (sales.at == NULL) tool_fail("not enough memory");
    GM_CLEANUP(gm_freep) char *line = NULL;
    size_t room = 0;
    ssize_t size;
    while ((size = getline(&line, &room, file)) >= 0) {
        if (sales.count == SALES_MAX) tool_fail("%s has more than %d lines", path, SALES_MAX);
        if (size > 0 && line[size - 1] == '\n') line[size - 1] = '\0';
        if (!read_sale(tool_text(tool, line), &sales.at[sales.count++]))
            tool_fail("%s: line %zu is not of the form", path, sales.count);
    }
    if (ferror(file)) tool_fail("%s cannot be read", path);
    if (file != stdin) (void)fclose(file);
    return sales;
}
