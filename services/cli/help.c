#include <ctype.h>
#include <string.h>

#include "cli/command.h"
#include "cli/settings.h"
#include "cli/table.h"

/* What stands around the table of commands. */
static const struct {
    const char *usage, *purpose, *commands, *more, *arguments, *options, *shared, *codes;
} texts[GM_LANGUAGE_COUNT] = {
    [GM_LANGUAGE_EN] = {"Usage: gomnet [OPTION]... COMMAND [ARGUMENT]... [OPTION]...",
                        "Speaks to the services of Gomnet: what workshops offer, what distributors "
                        "look for, orders.",
                        "Commands:", "gomnet COMMAND --help says what a command takes.",
                        "Arguments:", "Options:",
                        "Options of all commands (also as variables: GOMNET_AS, GOMNET_DATA ...):",
                        "Exit codes: 0 done; 1 refused for good; 2 usage; 3 refused for now, "
                        "unreachable or no answer\n"
                        "in time; 4 damaged (verify); 5 done in part (import --skip-bad)."},
    [GM_LANGUAGE_VI] =
        {"Cách dùng: gomnet [TUỲ CHỌN]... LỆNH [THAM SỐ]... [TUỲ CHỌN]...",
         "Nói chuyện với các dịch vụ của Gomnet: hàng của xưởng, nhu cầu của nhà phân phối, đơn "
         "hàng.",
         "Các lệnh:", "Xem gomnet LỆNH --help để biết lệnh nhận những gì.",
         "Tham số:", "Tuỳ chọn:", "Tuỳ chọn chung (cũng là biến: GOMNET_AS, GOMNET_DATA ...):",
         "Mã thoát: 0 xong; 1 bị từ chối hẳn; 2 dùng sai; 3 tạm bị từ chối, không liên lạc được "
         "hoặc\n"
         "không trả lời kịp; 4 hư hỏng (verify); 5 xong một phần (import --skip-bad)."},
};

static const char *const shared_vi[] = {
    /* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one sentence over three lines */
    "Ai thực hiện: mã thành viên (mbr_...) hoặc một tên, ví dụ workshop:bat-trang-1. Chưa ai kiểm "
    "tra: "
    "ai đến được dịch vụ trên máy này đều có thể dùng mọi tên.",
    "Thư mục dữ liệu của các dịch vụ, nơi mỗi dịch vụ ghi địa chỉ của mình.",
    "In JSON.",
    "Ngôn ngữ; auto: theo LC_ALL, LC_MESSAGES hoặc LANG.",
    "Chờ trả lời tối đa bao lâu, kể cả gửi lại.",
};

static void put_pair(struct cli *cli, struct cli_table *table, const char *name, const char *help)
{
    if (cli_table_cell(table, name) != GM_OK || cli_table_cell(table, help) != GM_OK)
        fprintf(cli->err, "%s\n", cli_word_text(cli->language, CLI_SAY_ARENA_FULL));
}

static void begin(struct cli *cli, struct cli_table *table)
{
    cli_table_init(table, cli->arena, "  ");
    cli_table_column(table, "", false);
    cli_table_column(table, "", false);
}

static void put_shared(struct cli *cli, FILE *out)
{
    struct cli_table table;
    begin(cli, &table);
    for (size_t i = 0; i < cli_option_count; i++) {
        const char *name = gm_arena_format(cli->arena, "--%s", cli_options[i].name);
        put_pair(cli, &table, name == NULL ? "" : name,
                 cli->language == GM_LANGUAGE_VI ? shared_vi[i] : cli_options[i].help);
    }
    fprintf(out, "\n%s\n", texts[cli->language].shared);
    cli_table_print(&table, out);
}

void cli_help(struct cli *cli, FILE *out)
{
    struct cli_table table;
    begin(cli, &table);
    for (size_t g = 0; cli_command_groups[g] != NULL; g++) {
        for (const struct cli_command *c = cli_command_groups[g]; c->words != NULL; c++) {
            put_pair(cli, &table, c->words, c->help[cli->language]);
        }
    }
    fprintf(out, "%s\n\n%s\n\n%s\n", texts[cli->language].usage, texts[cli->language].purpose,
            texts[cli->language].commands);
    cli_table_print(&table, out);
    put_shared(cli, out);
    fprintf(out, "\n%s\n%s\n", texts[cli->language].more, texts[cli->language].codes);
}

static void put_inputs(struct cli *cli, const struct cli_command *command, FILE *out,
                       bool arguments)
{
    struct cli_table table;
    begin(cli, &table);
    for (const struct cli_input *in = command->inputs; in != NULL && in->name != NULL; in++) {
        if (((in->flags & CLI_ARGUMENT) != 0) != arguments) continue;
        const char *many = (in->flags & CLI_MANY) != 0 ? "..." : "";
        const char *name = arguments ? gm_arena_format(cli->arena, "%s%s", in->name, many)
                                     : gm_arena_format(cli->arena, "--%s%s", in->name, many);
        const char *help = in->help[cli->language];
        if (in->standard != NULL) help = gm_arena_format(cli->arena, "%s [%s]", help, in->standard);
        put_pair(cli, &table, name == NULL ? "" : name, help == NULL ? "" : help);
    }
    static const char *const dry_run[GM_LANGUAGE_COUNT] = {
        "Say what would happen; change nothing.", "Cho biết điều sẽ xảy ra; không thay đổi gì."};
    static const char *const from[GM_LANGUAGE_COUNT] = {
        "File of JSON (- for the input) with the message; options count over it.",
        "Tệp JSON (- là đầu vào chuẩn) chứa thông điệp; tuỳ chọn được ưu tiên hơn."};
    if (!arguments && cli_writes(command))
        put_pair(cli, &table, "--dry-run", dry_run[cli->language]);
    if (!arguments && command->method != NULL) put_pair(cli, &table, "--from", from[cli->language]);
    if (table.first == NULL) return;
    fprintf(out, "\n%s\n",
            arguments ? texts[cli->language].arguments : texts[cli->language].options);
    cli_table_print(&table, out);
}

void cli_help_of(struct cli *cli, const struct cli_command *command, FILE *out)
{
    fprintf(out, "gomnet %s", command->words);
    for (const struct cli_input *in = command->inputs; in != NULL && in->name != NULL; in++) {
        if ((in->flags & CLI_ARGUMENT) == 0) continue;
        const bool needed = (in->flags & CLI_NEEDED) != 0;
        fprintf(out, needed ? " %s%s" : " [%s]%s", in->name,
                (in->flags & CLI_MANY) != 0 ? "..." : "");
    }
    fprintf(out, "\n\n%s\n", command->help[cli->language]);
    put_inputs(cli, command, out, true);
    put_inputs(cli, command, out, false);
    put_shared(cli, out);
}
