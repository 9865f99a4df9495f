#include "cli/settings.h"

#include <string.h>

#include "client/call.h"

static const char *const languages[] = {"auto", "en", "vi", NULL};
enum { LANGUAGE_AUTO = 0, LANGUAGE_VI = 2 };

const struct gm_option cli_options[] = {
    {.name = "as",
     .help =
         "Who acts: a member's id (mbr_...) or a plain name, from which a stable id is derived: "
         "workshop:bat-trang-1. Nobody checks it yet: whoever reaches a service on this machine "
         "may act as anybody.",
     .kind = GM_OPTION_TEXT,
     GM_OPTION_FIELD(struct cli_settings, as)},
    {.name = "data",
     .standard = "var",
     .help = "Folder of all services' data, in which each says where it listens.",
     .kind = GM_OPTION_TEXT,
     GM_OPTION_FIELD(struct cli_settings, data)},
    {.name = "json",
     .standard = "no",
     .help = "Print JSON.",
     .kind = GM_OPTION_BOOLEAN,
     GM_OPTION_FIELD(struct cli_settings, json)},
    {.name = "language",
     .standard = "auto",
     .help = "Language of all that is said; auto: that of LC_ALL, LC_MESSAGES or LANG.",
     .kind = GM_OPTION_CHOICE,
     .choices = languages,
     GM_OPTION_FIELD(struct cli_settings, language)},
    {.name = "timeout",
     .standard = "10s",
     .help = "How long to wait for an answer, with all repeats.",
     .kind = GM_OPTION_DURATION,
     .min = 1,
     .max = GM_CALL_TIMEOUT_MAX_MS,
     GM_OPTION_FIELD(struct cli_settings, timeout_ms)},
};
const size_t cli_option_count = sizeof cli_options / sizeof *cli_options;

static const char *variable(char *const *environment, const char *name)
{
    const size_t size = strlen(name);
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, size) == 0 && (*environment)[size] == '=' &&
            (*environment)[size + 1] != '\0')
            return *environment + size + 1;
    }
    return NULL;
}

enum gm_language cli_language_of(const struct cli_settings *settings, char *const *environment)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    if (settings->language != LANGUAGE_AUTO)
        return settings->language == LANGUAGE_VI ? GM_LANGUAGE_VI : GM_LANGUAGE_EN;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = variable(environment, names[i]);
        if (value == NULL) continue;
        const bool vi = strncmp(value, "vi", 2) == 0 &&
                        (value[2] == '\0' || value[2] == '_' || value[2] == '-' || value[2] == '.');
        return vi ? GM_LANGUAGE_VI : GM_LANGUAGE_EN;
    }
    return GM_LANGUAGE_EN;
}
