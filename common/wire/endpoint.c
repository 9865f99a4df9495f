#include "wire/endpoint.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"

static const char scheme[] = "tcp://";
static const char file_name[] = "endpoint";

enum { PORT_DIGITS_MAX = 5, PORT_MAX = 65535, LOOPBACK_NET = 127 };

/* Digits alone: 1 to 5 of them. */
static bool is_port(const char *text)
{
    const size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= PORT_DIGITS_MAX && text[digits] == '\0' &&
           strtoul(text, NULL, 10) <= PORT_MAX;
}

enum gm_status gm_endpoint_parse(const char *text, struct gm_endpoint *ret_endpoint)
{
    if (strncmp(text, scheme, strlen(scheme)) == 0) text += strlen(scheme);
    const char *colon = strrchr(text, ':');
    if (colon == NULL || !is_port(colon + 1)) return GM_MALFORMED;

    char address[INET_ADDRSTRLEN] = "";
    const size_t size = (size_t)(colon - text);
    if (size >= sizeof address) return GM_MALFORMED;
    memcpy(address, text, size);
    const bool local = strcmp(address, "localhost") == 0; /* whatever the resolver says */
    struct in_addr numbers;
    if (!local && inet_pton(AF_INET, address, &numbers) != 1) return GM_MALFORMED;

    snprintf(ret_endpoint->text, sizeof ret_endpoint->text, "%s%s%s", scheme,
             local ? "127.0.0.1" : address, colon);
    return GM_OK;
}

const char *gm_endpoint_listen_refusal(const struct gm_endpoint *endpoint)
{
    const unsigned long net = strtoul(endpoint->text + strlen(scheme), NULL, 10);
    if (net == LOOPBACK_NET) return NULL;
    return "A service listens on this machine only (127.0.0.1) until members are identified by "
           "their keys.";
}

enum gm_status gm_endpoint_write(const char *folder, const struct gm_endpoint *endpoint)
{
    char path[GM_PATH_MAX];
    char line[GM_ENDPOINT_TEXT_MAX + 1];
    const enum gm_status status = gm_path_join(folder, file_name, path);
    if (status != GM_OK) return status;
    const int size = snprintf(line, sizeof line, "%s\n", endpoint->text);
    return gm_file_write(path, gm_bytes(line, (size_t)size));
}

enum gm_status gm_endpoint_read(const char *folder, struct gm_endpoint *ret_endpoint)
{
    char path[GM_PATH_MAX];
    enum gm_status status = gm_path_join(folder, file_name, path);
    if (status != GM_OK) return status;

    char text[GM_ENDPOINT_TEXT_MAX + 1] = "";
    struct gm_arena arena;
    status = gm_arena_init(&arena, sizeof text);
    if (status != GM_OK) return status;
    struct gm_bytes line;
    status = gm_file_read(path, GM_ENDPOINT_TEXT_MAX, &arena, &line);
    if (status == GM_OK) memcpy(text, line.at, line.size);
    gm_arena_release(&arena);
    if (status != GM_OK) return status == GM_TOO_LARGE ? GM_MALFORMED : status;
    text[strcspn(text, "\n")] = '\0';
    return gm_endpoint_parse(text, ret_endpoint);
}
