/* cli/transfer.h - products and lots between a CSV file and the catalog: `gomnet import`, `gomnet
 * export`. */
#pragma once

#include "cli/command.h"

extern const struct cli_command cli_transfer_commands[];
