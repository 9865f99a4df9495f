#include "runtime/crash.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>

#include "base/assert.h"

enum { STACK_BYTES = 64 * 1024 };

static struct gm_poison *volatile marked_file;
static uint8_t stack[STACK_BYTES];

static void mark(int number)
{
    struct gm_poison *poison = marked_file;
    if (poison != NULL) poison->marked = 1;
    /* SA_RESETHAND has put the default back: the second time it ends the process, with a core dump.
     */
    (void)raise(number);
}

void gm_crash_set_up(struct gm_poison *poison)
{
    marked_file = poison;
    if (poison == NULL) return;
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    const int stack_set = sigaltstack(&own, NULL);
    GM_ASSERT(stack_set == 0);
    struct sigaction action = {.sa_handler = mark};
    action.sa_flags = SA_ONSTACK | SA_NODEFER | (int)SA_RESETHAND;
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const int handler_set = sigaction(numbers[i], &action, NULL);
        GM_ASSERT(handler_set == 0);
    }
}

int gm_crash_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 || sigaction(SIGPIPE, &ignore, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}
