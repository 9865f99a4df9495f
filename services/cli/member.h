/* cli/member.h - members as people name them: by id (mbr_...), or by a plain name from which a
 * stable id is derived. Pure. */
#pragma once

#include "base/bytes.h"
#include "base/id.h"
#include "base/status.h"

enum { CLI_MEMBER_NAME_MAX = 80 }; /* bytes */

/* A plain name is 1 to 80 of a to z, 0 to 9 and : . _ -, capitals read as small letters; the same
 * name is the same member everywhere and always. GM_MALFORMED. */
GM_CHECKED enum gm_status cli_member_parse(struct gm_bytes text, struct gm_id *ret_member);
