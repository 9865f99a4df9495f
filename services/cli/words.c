#include "cli/words.h"

#include <string.h>

#include "base/assert.h"

static const char *const table[CLI_SAY_COUNT][GM_LANGUAGE_COUNT] = {
    [CLI_SAY_NOTHING] = {"", ""},
    [CLI_SAY_ARENA_FULL] = {"This is more than gomnet holds at once.",
                            "Nội dung này vượt quá sức chứa của gomnet."},
    [CLI_SAY_COMMAND_UNKNOWN] = {"\"{1}\" is no command; gomnet --help lists them.",
                                 "\"{1}\" không phải là lệnh; xem gomnet --help."},
    [CLI_SAY_COMMAND_PART] = {"\"{1}\" goes on with one of: {2}.",
                              "Sau \"{1}\" phải là một trong: {2}."},
    [CLI_SAY_OPTION_UNKNOWN] = {"{1} is no option of gomnet {2}.",
                                "{1} không phải là tuỳ chọn của gomnet {2}."},
    [CLI_SAY_OPTION_ALONE] = {"{1} takes no value.", "{1} không nhận giá trị."},
    [CLI_SAY_OPTION_VALUE] = {"{1} needs a value.", "{1} cần một giá trị."},
    [CLI_SAY_OPTION_TAKES] = {"--{1} takes {2}, not \"{3}\".",
                              "--{1} nhận {2}, không nhận \"{3}\"."},
    [CLI_SAY_ARGUMENT_MISSING] = {"{1} is missing: {2}", "Thiếu {1}: {2}"},
    [CLI_SAY_ARGUMENT_SURPLUS] = {"\"{1}\" is too much.", "\"{1}\" là thừa."},
    [CLI_SAY_OPTION_MISSING] = {"--{1} has to be given: {2}", "Cần có --{1}: {2}"},
    [CLI_SAY_SEE_HELP] = {"gomnet {1} --help says more.", "Xem gomnet {1} --help."},
    [CLI_SAY_MEMBER_MISSING] =
        {"Who acts? Give --as NAME (or set GOMNET_AS), as --as workshop:bat-trang-1.",
         "Ai thực hiện? Hãy dùng --as TÊN (hoặc biến GOMNET_AS), ví dụ --as workshop:bat-trang-1."},
    [CLI_SAY_VARIABLE_UNKNOWN] = {"The variable {1} is no option of gomnet.",
                                  "Biến {1} không phải là tuỳ chọn của gomnet."},
    [CLI_SAY_FILE_UNREADABLE] = {"{1} cannot be read: {2}.", "Không đọc được {1}: {2}."},
    [CLI_SAY_FILE_UNWRITABLE] = {"{1} cannot be written: {2}.", "Không ghi được {1}: {2}."},
    [CLI_SAY_FILE_NO_JSON] = {"{1} is no JSON: line {2}, {3}.",
                              "{1} không phải JSON: dòng {2}, {3}."},
    [CLI_SAY_FILE_FIELD] = {"{1}: \"{2}\" is no field of this message, or its value is not of the "
                            "form.",
                            "{1}: \"{2}\" không phải trường của thông điệp này, hoặc giá trị sai "
                            "dạng."},
    [CLI_SAY_SERVICE_UNKNOWN] = {"\"{1}\" is no service: catalog, matching or order.",
                                 "\"{1}\" không phải dịch vụ: catalog, matching hoặc order."},
    [CLI_SAY_METHOD_UNKNOWN] = {"The service {1} has no method \"{2}\".",
                                "Dịch vụ {1} không có phương thức \"{2}\"."},
    [CLI_SAY_DATA_MISSING] =
        {"No service runs with its data in {1}: start them with ./deploy/up, or say --data where "
         "their data is.",
         "Không có dịch vụ nào chạy với dữ liệu trong {1}: hãy chạy ./deploy/up, hoặc dùng --data "
         "để "
         "chỉ nơi chứa dữ liệu."},
    [CLI_SAY_CONNECTION_FAILED] = {"No connection can be made: {1}.", "Không thể kết nối: {1}."},

    [CLI_SAY_VALUE_WRONG] = {"{1}: \"{2}\" will not do. {3}", "{1}: \"{2}\" không dùng được. {3}"},
    [CLI_SAY_NO_SUCH_VALUE] = {"It is one of {1}.", "Phải là một trong {1}."},
    [CLI_SAY_BAD_ID] = {"An id looks like {1}_01h2xcejqtf2nbrexx3vqjhp41.",
                        "Mã định danh có dạng {1}_01h2xcejqtf2nbrexx3vqjhp41."},
    [CLI_SAY_BAD_MEMBER] = {"A member is an id (mbr_...) or a name of a-z, 0-9 and : . _ -",
                            "Thành viên là một mã (mbr_...) hoặc tên gồm a-z, 0-9 và : . _ -"},
    [CLI_SAY_BAD_DAY] = {"A day is written 2026-11-24 or 24/11/2026.",
                         "Ngày được viết 24/11/2026 hoặc 2026-11-24."},
    [CLI_SAY_BAD_BOOLEAN] = {"It is yes or no.", "Phải là yes hoặc no."},
    [CLI_SAY_BAD_BYTES] = {"It is not as gomnet shows it.", "Không đúng dạng mà gomnet hiển thị."},
    [CLI_SAY_BAD_PARTS] = {"It is written {1}.", "Được viết theo dạng {1}."},
    [CLI_SAY_BAD_CURRENCY] = {"A currency is three letters of ISO 4217, as VND.",
                              "Loại tiền là ba chữ theo ISO 4217, ví dụ VND."},
    [CLI_SAY_BAD_LOT] = {"A lot is an id (lot_...), SKU or SKU#CODE.",
                         "Lô hàng là một mã (lot_...), SKU hoặc SKU#MÃ."},
    [CLI_SAY_NUMBER_EMPTY] = {"There is no number.", "Thiếu số."},
    [CLI_SAY_NUMBER_NONE] = {"That is no number.", "Đó không phải là số."},
    [CLI_SAY_NUMBER_NEGATIVE] = {"A number here is not negative.", "Số ở đây không được âm."},
    [CLI_SAY_NUMBER_SCIENTIFIC] = {"A spreadsheet has shortened this number: write all its digits.",
                                   "Bảng tính đã rút gọn số này: hãy viết đủ các chữ số."},
    [CLI_SAY_NUMBER_AMBIGUOUS] =
        {"The mark may group thousands or begin decimals: write 1200 or 1.20.",
         "Dấu này có thể ngăn hàng nghìn hoặc phần thập phân: hãy viết 1200 hoặc 1,20."},
    [CLI_SAY_NUMBER_TOO_FINE] = {"It has more decimals than there are here.",
                                 "Có nhiều chữ số thập phân hơn mức cho phép."},
    [CLI_SAY_NUMBER_TOO_LARGE] = {"The number is too large.", "Số quá lớn."},

    [CLI_SAY_REFUSED] = {"Refused: {1} ({2}).", "Bị từ chối: {1} ({2})."},
    [CLI_SAY_REFUSED_LATER] = {"Refused for now: {1} ({2}). It may succeed later.",
                               "Tạm thời bị từ chối: {1} ({2}). Có thể thành công sau."},
    [CLI_SAY_FIELD] = {"Field: {1}", "Trường: {1}"},
    [CLI_SAY_UNREACHABLE] =
        {"The service {1} cannot be reached. Does it run? ./deploy/up starts all.",
         "Không liên lạc được dịch vụ {1}. Dịch vụ có đang chạy? ./deploy/up khởi "
         "động tất cả."},
    [CLI_SAY_NO_ANSWER] = {"The service {1} did not answer in time.",
                           "Dịch vụ {1} không trả lời kịp."},
    [CLI_SAY_MAYBE_DONE] = {"The command may have been carried out: look before you give it again.",
                            "Lệnh có thể đã được thực hiện: hãy kiểm tra trước khi gửi lại."},
    [CLI_SAY_REPLY_DAMAGED] = {"The answer of {1} cannot be read.",
                               "Không đọc được câu trả lời của {1}."},
    [CLI_SAY_NONE_LISTED] = {"There are none.", "Không có mục nào."},
    [CLI_SAY_MORE] = {"There are more: --all, or --page {1}.", "Còn nữa: --all, hoặc --page {1}."},
    [CLI_SAY_DRY_RUN] = {"A dry run: it would be accepted, nothing was changed.",
                         "Chạy thử: lệnh sẽ được chấp nhận, chưa có gì thay đổi."},
    [CLI_SAY_ASSUMED] = {"* assumed: nobody stated it.", "* giả định: chưa ai công bố."},
    [CLI_SAY_OVER_ALL] = {"--{1} and --{2} do not go together.",
                          "--{1} và --{2} không dùng cùng nhau."},
    [CLI_SAY_IMPORTED] = {"Rows: {1} new, {2} changed, {3} unchanged, {4} bad.",
                          "Số dòng: {1} mới, {2} thay đổi, {3} không đổi, {4} lỗi."},
    [CLI_SAY_IMPORT_STOPPED] =
        {"Nothing was sent: mend these rows, or leave them out with --skip-bad.",
         "Chưa gửi gì: hãy sửa các dòng này, hoặc bỏ qua chúng bằng --skip-bad."},
    [CLI_SAY_IMPORT_MORE] = {"... and {1} more.", "... và {1} lỗi khác."},

    [CLI_SAY_LOTS_DIFFER] =
        {"One order is one seller, one ship-from place and one currency: {1} and {2} differ.",
         "Mỗi đơn chỉ có một người bán, một nơi gửi và một loại tiền: {1} và {2} khác nhau."},
    [CLI_SAY_ORDER_REJECTED] = {"The order was rejected: nothing is reserved.",
                                "Đơn hàng bị từ chối: không có hàng nào được giữ."},

    [CLI_SAY_LINE] = {"Line {1}: {2} x {3}", "Dòng {1}: {2} x {3}"},
    [CLI_SAY_NO_MATCHES] = {"Nothing matches.", "Không có kết quả phù hợp."},
    [CLI_SAY_MATCHES] = {"{1} of {2} matches", "{1} trong {2} kết quả phù hợp"},
    [CLI_SAY_NEAR_MISSES] = {"Near misses ({1} of {2}): one condition fails",
                             "Suýt đạt ({1} trong {2}): một điều kiện chưa đạt"},
    [CLI_SAY_GAINS] = {"What giving way would bring", "Nới điều kiện sẽ được gì"},
    [CLI_SAY_LOTS_SEEN] = {"{1} lots looked at.", "Đã xem {1} lô hàng."},

    [CLI_SAY_DOWN] = {"down", "không chạy"},
    [CLI_SAY_UP] = {"up", "đang chạy"},
    [CLI_SAY_CLOCK_JUMPED] = {"clock jumped: gomnet confirm-clock {1}",
                              "đồng hồ nhảy: gomnet confirm-clock {1}"},
    [CLI_SAY_VERIFIED] = {"{1}: sound. {2} entries folded, {3} rows compared.",
                          "{1}: nguyên vẹn. Đã gộp {2} mục, so sánh {3} dòng."},
    [CLI_SAY_VERIFY_DAMAGED] = {"{1}: DAMAGED. {2}", "{1}: HƯ HỎNG. {2}"},
    [CLI_SAY_VERIFY_BUSY] =
        {"{1} runs and holds its data: stop it, or verify a copy of its folder with --data.",
         "{1} đang chạy và giữ dữ liệu: hãy dừng nó, hoặc kiểm tra bản sao của thư mục với "
         "--data."},
    [CLI_SAY_VERIFY_FAILED] = {"{1} cannot be verified: {2}", "Không kiểm tra được {1}: {2}"},
    [CLI_SAY_VERIFY_NO_DATA] = {"There is no data of {1} in {2}.",
                                "Không có dữ liệu của {1} trong {2}."},
    [CLI_SAY_WATCH_OVER] = {"The stream of {1} ended: {2}.", "Luồng của {1} đã kết thúc: {2}."},
    [CLI_SAY_BAD_POSITION] =
        {"A position is JOURNAL:SEQ:HASH, as gomnet watch --positions prints it.",
         "Vị trí có dạng JOURNAL:SEQ:HASH, như gomnet watch --positions in ra."},
    [CLI_SAY_POSITION] = {"position {1}", "vị trí {1}"},
    [CLI_SAY_TOUR_BEGIN] = {"A tour of the main job: each message as it goes over the wire, and "
                            "the events that follow.",
                            "Một vòng qua công việc chính: từng thông điệp trên đường truyền và "
                            "các sự kiện theo sau."},
    [CLI_SAY_TOUR_PRODUCT] =
        {"{1} publishes a product. The answer comes when it is on the disk.",
         "{1} đăng một sản phẩm. Câu trả lời chỉ đến khi dữ liệu đã nằm trên đĩa."},
    [CLI_SAY_TOUR_PRODUCT_THERE] = {"{1} has published its product already: the catalog shows it.",
                                    "{1} đã đăng sản phẩm từ trước: danh mục cho xem."},
    [CLI_SAY_TOUR_LOT] = {"{1} offers stock: price tiers, minimum, lead time, and the firing from "
                          "which its CO2e follows.",
                          "{1} chào bán hàng có sẵn: bậc giá, mức tối thiểu, thời gian chuẩn bị và "
                          "mẻ nung để tính CO2e."},
    [CLI_SAY_TOUR_LOT_THERE] = {"{1} fires its kiln again and restocks the lot.",
                                "{1} nung mẻ mới và nhập thêm hàng vào lô."},
    [CLI_SAY_TOUR_MATCH] =
        {"A distributor asks who can supply: matches are ranked, each share of a score is shown, "
         "near "
         "misses say by how much they miss. The question names the catalog's newest state, so what "
         "was just published is found.",
         "Nhà phân phối hỏi ai cung cấp được: kết quả có xếp hạng, từng phần điểm được giải thích, "
         "suýt "
         "đạt thì thiếu bao nhiêu. Câu hỏi nêu trạng thái mới nhất của danh mục nên thấy cả hàng "
         "vừa đăng."},
    [CLI_SAY_TOUR_SUBMIT] = {"It leaves the request standing.", "Yêu cầu được lưu lại để chờ."},
    [CLI_SAY_TOUR_PLACE] = {"It orders from the best match. The order service asks the catalog to "
                            "reserve, all lines or "
                            "none, and answers when that is settled.",
                            "Đặt hàng từ kết quả tốt nhất. Dịch vụ đơn hàng nhờ danh mục giữ hàng, "
                            "mọi dòng hoặc không dòng "
                            "nào, và trả lời khi đã rõ."},
    [CLI_SAY_TOUR_ACCEPT] = {"The workshop accepts.", "Xưởng chấp nhận."},
    [CLI_SAY_TOUR_DESPATCH] = {"It despatches; the catalog takes the goods from its stock.",
                               "Xưởng gửi hàng; danh mục trừ tồn kho."},
    [CLI_SAY_TOUR_RECEIVE] = {"The distributor receives the goods.", "Nhà phân phối nhận hàng."},
    [CLI_SAY_TOUR_COMPLETE] = {"And completes the order.", "Và hoàn tất đơn hàng."},
    [CLI_SAY_TOUR_STOCK] = {"What is left of the lot: nothing is oversold, nothing is lost.",
                            "Phần còn lại của lô: không bán quá, không mất mát."},
    [CLI_SAY_TOUR_CLOSE] = {"The request has been served and is closed.",
                            "Yêu cầu đã được đáp ứng và đóng lại."},
    [CLI_SAY_TOUR_END] = {"The tour is over: every step succeeded.",
                          "Hết vòng tham quan: mọi bước đều thành công."},
    [CLI_SAY_TOUR_NO_MATCH] = {"None of the tour's own lots matched.",
                               "Không lô nào của chuyến tham quan phù hợp."},
    [CLI_SAY_TOUR_NOT_RESERVED] = {"The order was not reserved.", "Đơn hàng chưa giữ được hàng."},
    [CLI_SAY_TOUR_AS] = {"{1} -> {2} {3}", "{1} -> {2} {3}"},
    [CLI_SAY_TOUR_ANSWER] = {"{1} <- {2}, state after entry {3}",
                             "{1} <- {2}, trạng thái sau mục {3}"},
    [CLI_SAY_TOUR_EVENT] = {"event of {1}, entry {2}", "sự kiện của {1}, mục {2}"},

    [CLI_SAY_IMPORT_AGAIN] =
        {"Not all was sent: give the same command again, it goes on from there.",
         "Chưa gửi hết: hãy chạy lại lệnh này, nó sẽ tiếp tục từ đó."},
    [CLI_SAY_CODES_NONE] = {"Nothing is called \"{1}\".", "Không có gì tên \"{1}\"."},
};

const char *cli_word_text(enum gm_language language, enum cli_word word)
{
    GM_ASSERT(word < CLI_SAY_COUNT);
    GM_ASSERT(language < GM_LANGUAGE_COUNT);
    GM_ASSERT(table[word][language] != NULL);
    return table[word][language];
}

const char *cli_say(struct gm_arena *arena, enum gm_language language, enum cli_word word,
                    const char *const *values)
{
    const char *text = cli_word_text(language, word);
    size_t count = 0, room = strlen(text) + 1;
    for (; values[count] != NULL; count++) {
        room += strlen(values[count]);
    }
    GM_ASSERT(count <= CLI_SAY_VALUES_MAX);
    char *sentence = gm_arena_alloc(arena, room);
    if (sentence == NULL) return NULL;
    char *at = sentence;
    for (; *text != '\0'; text++) {
        const size_t number = text[0] == '{' ? (size_t)(text[1] - '0') : 0;
        if (number == 0) {
            *at++ = *text;
            continue;
        }
        GM_ASSERT(number <= count && text[2] == '}');
        const size_t size = strlen(values[number - 1]);
        memcpy(at, values[number - 1], size);
        at += size;
        text += 2;
    }
    *at = '\0';
    return sentence;
}
