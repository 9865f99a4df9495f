#include "cli/command.h"
#include "cli/operator.h"

/* clang-format off */
static const struct cli_input call_inputs[] = {
    {"SERVICE", NULL, NULL, CLI_ARGUMENT | CLI_NEEDED, {"catalog, matching or order.", "catalog, matching hoặc order."}},
    {"METHOD", NULL, NULL, CLI_ARGUMENT | CLI_NEEDED, {"A method of it, as GetProduct or Status.", "Phương thức, ví dụ GetProduct, Status."}},
    {"message", NULL, NULL, 0, {"Its request: JSON.", "Nội dung yêu cầu: JSON."}},
    CLI_INPUTS_END};
static const struct cli_input service_inputs[] = {
    {"SERVICE", NULL, NULL, CLI_ARGUMENT | CLI_NEEDED, {"catalog, matching or order.", "catalog, matching hoặc order."}},
    CLI_INPUTS_END};
/* clang-format on */

const struct cli_command cli_operator_commands[] = {
    {"tour",
     NULL,
     NULL,
     NULL,
     cli_run_tour,
     {"Walks the main job and shows each message with the events that follow.",
      "Đi qua công việc chính, cho xem từng thông điệp và các sự kiện theo sau."},
     false},
    {"status",
     NULL,
     NULL,
     NULL,
     cli_run_status,
     {"Shows how the services are.", "Xem tình trạng các dịch vụ."},
     false},
    {"confirm-clock",
     NULL,
     NULL,
     service_inputs,
     cli_run_confirm_clock,
     {"Tells a service that the clock, which jumped, is right.",
      "Xác nhận với dịch vụ rằng đồng hồ (đã nhảy) là đúng."},
     false},
    {"call",
     NULL,
     NULL,
     call_inputs,
     cli_run_any,
     {"Calls any method with a message in JSON.",
      "Gọi một phương thức bất kỳ với thông điệp JSON."},
     true},
    {NULL, NULL, NULL, NULL, NULL, {NULL, NULL}, false},
};
