#include <stdio.h>
#include <unistd.h>

#include "cli/gomnet.h"

int main(int argc, char **argv)
{
    const enum cli_exit code = cli_main(argc, argv, environ, stdout, stderr, NULL);
    /* What could not be written was not said. */
    if (fflush(stdout) != 0 && code == CLI_EXIT_OK) return CLI_EXIT_LATER;
    return (int)code;
}
