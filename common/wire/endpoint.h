/* wire/endpoint.h - where a service listens: its text, and the file in the service's data folder
 * that tells peers and the command line.
 *
 * The file is called `endpoint` and holds one line, as tcp://127.0.0.1:40123. It is written when
 * the socket is bound and stays when the service ends: who finds nobody there tries again later. */
#pragma once

#include "base/status.h"

enum { GM_ENDPOINT_TEXT_MAX = 64 }; /* bytes, NUL included */

struct gm_endpoint {
    char text[GM_ENDPOINT_TEXT_MAX]; /* tcp://ADDRESS:PORT */
};

/* ADDRESS:PORT, with or without tcp:// before it; the address is IPv4 digits or localhost, which is
 * 127.0.0.1, the port 0 to 65535.
 * GM_MALFORMED. */
GM_CHECKED enum gm_status gm_endpoint_parse(const char *text, struct gm_endpoint *ret_endpoint);

/* Why a service may not listen there, as a sentence; NULL: it may. Until members are identified by
 * their keys, only who is on this machine may speak to a service: 127.0.0.0/8. */
const char *gm_endpoint_listen_refusal(const struct gm_endpoint *endpoint);

/* The file in that folder. Write: as gm_file_write. Read: GM_NOT_FOUND, GM_MALFORMED, or the status
 * of what failed. */
GM_CHECKED enum gm_status gm_endpoint_write(const char *folder, const struct gm_endpoint *endpoint);
GM_CHECKED enum gm_status gm_endpoint_read(const char *folder, struct gm_endpoint *ret_endpoint);
