#include "matching/service.h"
#include "runtime/shell.h"

int main(int argc, char **argv)
{
    return gm_shell_main(&matching_service, GOMNET_VERSION, argc, argv);
}
