#include "catalog/service.h"
#include "runtime/shell.h"

int main(int argc, char **argv)
{
    return gm_shell_main(&catalog_service, GOMNET_VERSION, argc, argv);
}
