#include "cli/csv/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

static const char *const sentences[CSV_PROBLEM_COUNT][GM_LANGUAGE_COUNT] = {
    [CSV_FINE] = {"", ""},
    [CSV_NOT_UTF8] = {"not UTF-8: save the file as CSV UTF-8",
                      "không phải UTF-8: hãy lưu tệp dạng CSV UTF-8"},
    [CSV_BROKEN_QUOTES] = {"a quote is not closed, or stands inside a cell",
                           "dấu ngoặc kép không khép hoặc nằm giữa ô"},
    [CSV_NO_HEADER] = {"the file has no header line", "tệp không có dòng tiêu đề"},
    [CSV_COLUMN_UNKNOWN] = {"there is no such column", "không có cột này"},
    [CSV_COLUMN_TWICE] = {"this column stands there twice", "cột này xuất hiện hai lần"},
    [CSV_COLUMN_MISSING] = {"this column is needed", "thiếu cột này"},
    [CSV_CELLS_SURPLUS] = {"more cells than the header has columns",
                           "nhiều ô hơn số cột ở tiêu đề"},
    [CSV_TOO_LARGE] = {"the file is too large", "tệp quá lớn"},
    [CSV_NO_NUMBER] = {"not a whole number", "không phải số nguyên"},
    [CSV_NEGATIVE] = {"negative", "số âm"},
    [CSV_SCIENTIFIC] = {"a spreadsheet has shortened this number: write all digits",
                        "bảng tính đã rút gọn số này: hãy ghi đủ chữ số"},
    [CSV_AMBIGUOUS] = {"could be read in two ways: leave out the marks between thousands",
                       "có thể đọc theo hai cách: hãy bỏ dấu phân cách hàng nghìn"},
    [CSV_TOO_FINE] = {"more decimals than the currency has",
                      "nhiều chữ số thập phân hơn loại tiền cho phép"},
    [CSV_NOT_LISTED] = {"none of the words that this column takes",
                        "không thuộc các giá trị của cột này"},
    [CSV_ROW_TWICE] = {"the same key stands in an earlier line", "trùng khóa với một dòng ở trên"},
    [CSV_GROUP_BROKEN] = {"belongs together with cells that are empty",
                          "phải đi cùng các ô đang để trống"},
    [CSV_PRODUCT_UNKNOWN] = {"you have no product with this SKU: import products first",
                             "bạn chưa có sản phẩm với SKU này: hãy nhập sản phẩm trước"},
    [CSV_REFUSED] = {"", ""},
};

void csv_faults_release(struct csv_faults *faults)
{
    free(faults->rows);
    *faults = (struct csv_faults){0};
}

void csv_faults_add(struct csv_faults *faults, const struct csv_fault *fault)
{
    if (faults->rows == NULL) {
        faults->rows = calloc(CSV_FAULTS_MAX, sizeof *faults->rows);
        GM_ASSERT(faults->rows != NULL);
    }
    if (faults->count < CSV_FAULTS_MAX) faults->rows[faults->count] = *fault;
    faults->count++;
}

void csv_fault_set_value(struct csv_fault *fault, const char *text)
{
    size_t size = strlen(text);
    if (size >= CSV_VALUE_MAX) {
        size = CSV_VALUE_MAX - 1;
        while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--; /* inside a character */
    }
    memcpy(fault->value, text, size);
    fault->value[size] = '\0';
}

char *csv_fault_text(const struct csv_fault *fault, enum gm_language language,
                     char ret[CSV_FAULT_TEXT_MAX])
{
    const bool vi = language == GM_LANGUAGE_VI;
    const char *sentence = fault->problem == CSV_REFUSED
                               ? gm_reason_row(fault->reason)->sentence[language]
                               : sentences[fault->problem][language];
    size_t used = 0;
    ret[0] = '\0';
    if (fault->line > 0)
        used += (size_t)snprintf(ret + used, CSV_FAULT_TEXT_MAX - used,
                                 vi ? "dòng %llu" : "line %llu", (unsigned long long)fault->line);
    if (fault->column > 0)
        used += (size_t)snprintf(ret + used, CSV_FAULT_TEXT_MAX - used,
                                 vi ? ", cột %u (%.40s)" : ", column %u (%.40s)", fault->column,
                                 fault->column_name);
    else if (fault->column_name[0] != '\0')
        used += (size_t)snprintf(ret + used, CSV_FAULT_TEXT_MAX - used, "%s%.40s",
                                 used > 0 ? ", " : "", fault->column_name);
    used += (size_t)snprintf(ret + used, CSV_FAULT_TEXT_MAX - used, "%s%s", used > 0 ? ": " : "",
                             sentence);
    if (fault->other_line > 0)
        used += (size_t)snprintf(ret + used, CSV_FAULT_TEXT_MAX - used, " (%llu)",
                                 (unsigned long long)fault->other_line);
    if (fault->value[0] != '\0')
        (void)snprintf(ret + used, CSV_FAULT_TEXT_MAX - used, ": %s", fault->value);
    return ret;
}
