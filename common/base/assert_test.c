/* A failed assertion ends the process, so the test starts itself again as the process that fails.
 */
#include "base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int evaluations;

static int count_and_return(int value)
{
    evaluations++;
    return value;
}

/* Runs this program with one argument; fills text with what it wrote to stderr. Returns wait's
 * status. */
static int run_self(char *mode, char *text, size_t size)
{
    int out[2];
    assert_int_equal(pipe(out), 0);

    posix_spawn_file_actions_t actions;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_addclose(&actions, out[0]), 0);
    char program[] = "/proc/self/exe";
    char *argv[] = {program, mode, NULL};
    pid_t child;
    assert_int_equal(posix_spawn(&child, program, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);

    size_t used = 0;
    ssize_t got;
    while (used < size - 1 && (got = read(out[0], text + used, size - 1 - used)) > 0) {
        used += (size_t)got;
    }
    text[used] = '\0';
    close(out[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_true_condition_goes_on_and_is_evaluated_once(void **state)
{
    (void)state;
    evaluations = 0;
    GM_ASSERT(count_and_return(1));
    assert_int_equal(evaluations, 1);
}

static void a_false_condition_aborts_and_says_which_and_where(void **state)
{
    (void)state;
    char mode[] = "false";
    char text[1024];
    const int status = run_self(mode, text, sizeof text);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(text, "assert_test.c:"));
    assert_non_null(strstr(text, "main: assertion failed: argc < 2\n"));
}

static void a_place_that_cannot_be_reached_aborts(void **state)
{
    (void)state;
    char mode[] = "unreachable";
    char text[1024];
    const int status = run_self(mode, text, sizeof text);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(text, "unreachable"));
}

static void a_condition_longer_than_the_line_is_cut_and_still_a_line(void **state)
{
    (void)state;
    char mode[] = "long";
    char text[2048];
    const int status = run_self(mode, text, sizeof text);
    assert_true(WIFSIGNALED(status));
    const char *line = strstr(text, "long.c:7: f: assertion failed: xxx");
    assert_non_null(line);
    const char *end = strchr(line, '\n');
    assert_non_null(end);
    assert_int_equal(end - line, 510);
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        const struct rlimit no_core = {0, 0};
        if (setrlimit(RLIMIT_CORE, &no_core) != 0) return 1;
        if (strcmp(argv[1], "unreachable") == 0) GM_UNREACHABLE();
        if (strcmp(argv[1], "long") == 0) {
            char condition[1000];
            memset(condition, 'x', sizeof condition - 1);
            condition[sizeof condition - 1] = '\0';
            gm_assert_failed(condition, "long.c", 7, "f");
        }
        GM_ASSERT(argc < 2);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_true_condition_goes_on_and_is_evaluated_once),
        cmocka_unit_test(a_false_condition_aborts_and_says_which_and_where),
        cmocka_unit_test(a_place_that_cannot_be_reached_aborts),
        cmocka_unit_test(a_condition_longer_than_the_line_is_cut_and_still_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
