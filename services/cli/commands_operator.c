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
static const struct cli_input watch_inputs[] = {
    {"SERVICE", NULL, NULL, CLI_ARGUMENT | CLI_NEEDED, {"catalog, matching or order.", "catalog, matching hoặc order."}},
    {"from-start", NULL, NULL, CLI_SWITCH, {"From the first entry; else from now on.", "Từ mục đầu tiên; mặc định từ bây giờ."}},
    {"after", NULL, NULL, 0, {"From behind this position, as --positions prints it.", "Từ sau vị trí này, như --positions in ra."}},
    {"positions", NULL, NULL, CLI_SWITCH, {"Print how far it has come, to go on from there.", "In vị trí đã đến, để tiếp tục từ đó."}},
    {"until-head", NULL, NULL, CLI_SWITCH, {"End when all that had happened at the start is shown.", "Kết thúc khi đã hiện hết những gì có lúc bắt đầu."}},
    CLI_INPUTS_END};
static const struct cli_input verify_inputs[] = {
    {"SERVICE", NULL, NULL, CLI_ARGUMENT | CLI_MANY, {"catalog, matching, order; else all.", "catalog, matching, order; mặc định tất cả."}},
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
    {"watch",
     NULL,
     NULL,
     watch_inputs,
     cli_run_watch,
     {"Shows a service's events as they become durable, until Ctrl-C.",
      "Xem sự kiện của một dịch vụ khi đã ghi bền, đến khi Ctrl-C."},
     false},
    {"verify journal",
     NULL,
     NULL,
     verify_inputs,
     cli_run_verify,
     {"Checks a history from its first entry and that the tables are what it makes of them; the "
      "service must not run.",
      "Kiểm tra nhật ký từ mục đầu và các bảng đúng là kết quả của nó; dịch vụ phải dừng."},
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
