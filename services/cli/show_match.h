/* cli/show_match.h - the answer to a sourcing request, line by line: matches with what makes their
 * score, near misses with what failed, what giving way would bring. */
#pragma once

#include "cli/cli.h"
#include "matching.pb-c.h"

/* request: the one that was asked, NULL where a stored one was: then lines are named by number
 * alone and money has no sign. */
enum cli_exit cli_show_matches(struct cli *cli, const Matching__SourcingRequest *request,
                               const Matching__LineAnswer *const *lines, size_t count);
