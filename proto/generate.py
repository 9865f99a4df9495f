#!/usr/bin/python3
"""Writes what the .proto files and reasons.csv say as C tables: methods.h, methods.c, reasons.h, reasons.c.

    generate.py DESCRIPTOR_SET PYTHON_DIR REASONS_CSV OUT_DIR

Refuses what would leave the door open: a request field of text, bytes or items without a limit, a method
without a number, a reason without both sentences."""
import csv
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2

ID_KINDS = {"mbr": "member", "plc": "place", "prd": "product", "lot": "lot", "srq": "request", "ord": "order",
            "cmd": "command"}
PACKAGES = {"gomnet.v1": "common"}  # others: the part before the version
F = descriptor_pb2.FieldDescriptorProto


def fail(what):
    sys.exit("generate.py: " + what)


def snake(name):
    return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))


def c_name(full):
    """.gomnet.catalog.v1.LotTerms -> catalog__lot_terms, as protoc-c names it."""
    package, name = full.lstrip(".").rsplit(".", 1)
    prefix = PACKAGES.get(package) or package.split(".")[1]
    return prefix + "__" + snake(name)


class Messages:
    def __init__(self, files, options):
        self.options = options
        self.all = {"." + f.package + "." + m.name: m for f in files for m in f.message_type}
        self.done, self.text = [], []

    def limit(self, message, field):
        limit = field.options.Extensions[self.options.limit]
        where = message + "." + field.name
        repeated = field.label == F.LABEL_REPEATED
        if repeated and not limit.max_items:
            fail(where + " needs max_items")
        rules, size = "NULL", limit.max_bytes
        if field.type == F.TYPE_MESSAGE:
            self.walk(field.type_name)
            rules = "&" + c_name(field.type_name) + "__rules"
        elif field.type in (F.TYPE_STRING, F.TYPE_BYTES):
            if limit.id:
                size = 16
            size = size or limit.bytes
            if not size:
                fail(where + " needs max_bytes, bytes or id")
        kind = "GM_ID_" + ID_KINDS[limit.id] if limit.id else "-1"
        has = {name: limit.WhichOneof(name) is not None for name in ("lower", "upper")}
        return (f"{{.required = {str(limit.required).lower()}, .has_min = {str(has['lower']).lower()}, "
                f".has_max = {str(has['upper']).lower()}, .text = {limit.text}, .id_kind = {kind}, "
                f".max_bytes = {size}, .bytes = {limit.bytes}, .min_items = {limit.min_items}, "
                f".max_items = {limit.max_items}, .min = {limit.min}, .max = {limit.max}, .rules = {rules}}}")

    def walk(self, full):
        if full in self.done:
            return
        self.done.append(full)
        name = c_name(full)
        rows = [self.limit(full, f) for f in sorted(self.all[full].field, key=lambda f: f.number)]
        limits = "NULL"
        if rows:
            limits = name + "__limits"
            self.text.append(f"static const struct gm_limit {limits}[] = {{\n    " + ",\n    ".join(rows) + ",\n};")
        self.text.append(f"static const struct gm_rules {name}__rules = {{&{name}__descriptor, {limits}}};")


def methods(files, options, out):
    messages = Messages(files, options)
    rows, numbers, seen = [], [], {}
    for file in files:
        for service in file.service:
            name = "host" if service.name == "Host" else file.package.split(".")[1]
            for m in service.method:
                method = m.options.Extensions[options.method]
                if not method.number or not method.kind:
                    fail(f"{service.name}.{m.name} needs number and kind")
                if method.number in seen:
                    fail(f"number {method.number} stands at {seen[method.number]} and {m.name}")
                seen[method.number] = m.name
                messages.walk(m.input_type)
                numbers.append((method.number, f"GM_METHOD_{name}_{snake(m.name)}".upper()))
                rows.append((method.number, f'{{{method.number}, "{name}", "{m.name}", '
                             f'(enum gm_method_kind){method.kind}, (enum gm_caller){method.caller}, '
                             f'&{c_name(m.input_type)}__rules, &{c_name(m.output_type)}__descriptor}}'))
    includes = "\n".join(f'#include "{f.name[:-6]}.pb-c.h"' for f in files if f.service)
    table = ",\n    ".join(row for _, row in sorted(rows))
    enum = "\n".join(f"    {constant} = {number}," for number, constant in sorted(numbers))
    Path(out, "methods.h").write_text(f"""/* Generated from the .proto files by proto/generate.py. */
#pragma once

/* The numbers of all methods. */
enum gm_method_number {{
{enum}
}};
""")
    Path(out, "methods.c").write_text(f"""/* Generated from the .proto files by proto/generate.py. */
#include "wire/method.h"

{includes}

{chr(10).join(messages.text)}

const struct gm_method gm_methods[] = {{
    {table},
}};
const unsigned gm_method_count = sizeof gm_methods / sizeof *gm_methods;
""")


def reasons(path, out):
    rows = list(csv.DictReader(open(path, encoding="utf-8", newline="")))
    for i, row in enumerate(rows):
        if int(row["number"]) != i + 1:
            fail(f"{row['reason']}: numbers go 1, 2, 3 ...")
        if row["kind"] not in ("final", "transient"):
            fail(f"{row['reason']}: final or transient")
        for language in ("en", "vi"):
            if not 0 < len(row[language].encode()) <= 150:
                fail(f"{row['reason']}: a sentence in {language} of 1 to 150 bytes")
    enum = "\n".join(f"    GM_REASON_{r['reason']} = {r['number']}," for r in rows)
    Path(out, "reasons.h").write_text(f"""/* Generated from proto/reasons.csv. */
#pragma once

enum gm_reason {{
    GM_REASON_NONE = 0,
{enum}
    GM_REASON_COUNT,
}};
""")
    quote = lambda s: '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'
    table = ",\n".join(
        f'    {{{r["number"]}, "{r["reason"]}", GM_CODE_{r["status"]}, {str(r["kind"] == "transient").lower()}, '
        f'"{r["giver"]}", {{{quote(r["en"])}, {quote(r["vi"])}}}}}' for r in rows)
    Path(out, "reasons.c").write_text(f"""/* Generated from proto/reasons.csv. */
#include "base/reason.h"

const struct gm_reason_row gm_reasons[] = {{
{table},
}};
const unsigned gm_reason_count = sizeof gm_reasons / sizeof *gm_reasons;
""")


def main():
    descriptor_set, python_dir, reasons_csv, out = sys.argv[1:]
    sys.path.insert(0, python_dir)
    import options_pb2  # generated beside the descriptor set; registers the extensions
    files = descriptor_pb2.FileDescriptorSet.FromString(Path(descriptor_set).read_bytes()).file
    methods([f for f in files if f.package.startswith("gomnet")], options_pb2, out)
    reasons(reasons_csv, out)


main()
