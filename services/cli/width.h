/* cli/width.h - how much room text takes on a terminal, and text that a terminal may be sent. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* Cells: a letter with all its marks is one, wide characters and emoji (joined ones too) are two.
 */
size_t cli_width(const char *text);

/* Writes text, each control character and broken byte as U+FFFD, so that nothing from a file or a
 * service moves the cursor. */
void cli_put_text(FILE *out, const char *text);
