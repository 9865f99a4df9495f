#!/usr/bin/python3
"""Holds the present .proto files against the released ones: evolution is additive only.

    compatible.py RELEASED PRESENT PYTHON_DIR      compares two descriptor sets
    compatible.py --self-test RELEASED PYTHON_DIR  breaks a copy in every way and expects each to be found

Breaking: a field, enum value, message, rpc or oneof membership that is gone or another under its number, unless the
number is reserved; another type, label or json-visible name; a method with another number, kind, request or reply."""
import copy
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2


def read(path):
    files = descriptor_pb2.FileDescriptorSet.FromString(Path(path).read_bytes())
    return descriptor_pb2.FileDescriptorSet(file=[f for f in files.file if f.package.startswith("gomnet")])


def index(files):
    messages = {f"{f.package}.{m.name}": m for f in files.file for m in f.message_type}
    enums = {f"{f.package}.{e.name}": e for f in files.file for e in f.enum_type}
    methods = {f"{f.package}.{s.name}.{m.name}": m for f in files.file for s in f.service for m in s.method}
    return messages, enums, methods


def reserved(entry, number, inclusive):
    return any(r.start <= number < r.end + inclusive for r in entry.reserved_range)


def breaks(released, present, options):
    found = []
    old_messages, old_enums, old_methods = index(released)
    messages, enums, methods = index(present)
    for name, old in old_messages.items():
        new = messages.get(name)
        if new is None:
            found.append(f"message {name} is gone")
            continue
        fields = {f.number: f for f in new.field}
        for field in old.field:
            now = fields.get(field.number)
            if now is None:
                if not reserved(new, field.number, 0):
                    found.append(f"{name}.{field.name} is gone and its number {field.number} is not reserved")
                continue
            for what in ("name", "type", "label", "type_name"):
                if getattr(now, what) != getattr(field, what):
                    found.append(f"{name}.{field.name}: {what} is another")
            if now.HasField("oneof_index") != field.HasField("oneof_index"):
                found.append(f"{name}.{field.name} has moved into or out of a oneof")
    for name, old in old_enums.items():
        new = enums.get(name)
        values = {v.number: v.name for v in new.value} if new is not None else {}
        for value in old.value:
            if values.get(value.number) != value.name and not (new and reserved(new, value.number, 1)):
                found.append(f"enum {name}: {value.name} is not {value.number} any more")
    for name, old in old_methods.items():
        new = methods.get(name)
        if new is None:
            found.append(f"rpc {name} is gone")
            continue
        before, after = (m.options.Extensions[options.method] for m in (old, new))
        if (old.input_type, old.output_type) != (new.input_type, new.output_type):
            found.append(f"rpc {name}: request or reply is another")
        if (before.number, before.kind) != (after.number, after.kind):
            found.append(f"rpc {name}: number or kind is another")
    return found


def self_test(released, options):
    """Each way of breaking, on a copy; returns those that were not found."""
    def lot_terms(files):
        return next(m for f in files.file for m in f.message_type if m.name == "LotTerms")

    def first_method(files):
        return next(m for f in files.file for s in f.service for m in s.method)

    ways = {
        "field removed": lambda f: lot_terms(f).field.pop(2),
        "field renumbered": lambda f: setattr(lot_terms(f).field[0], "number", 99),
        "field renamed": lambda f: setattr(lot_terms(f).field[0], "name", "other"),
        "type changed": lambda f: setattr(lot_terms(f).field[0], "type", 12),
        "made repeated": lambda f: setattr(lot_terms(f).field[0], "label", 3),
        "moved into a oneof": lambda f: setattr(lot_terms(f).field[0], "oneof_index", 0),
        "message removed": lambda f: f.file[0].message_type.pop(0),
        "enum value removed": lambda f: next(x for x in f.file if x.enum_type).enum_type[0].value.pop(),
        "rpc removed": lambda f: next(x for x in f.file if x.service).service[0].method.pop(),
        "request changed": lambda f: setattr(first_method(f), "input_type", ".gomnet.v1.Money"),
        "number changed": lambda f: setattr(first_method(f).options.Extensions[options.method], "number", 999),
        "kind changed": lambda f: setattr(first_method(f).options.Extensions[options.method], "kind", 4),
    }
    missed = []
    for name, change in ways.items():
        changed = copy.deepcopy(released)
        change(changed)
        if not breaks(released, changed, options):
            missed.append(name)
    return missed


def main():
    arguments = sys.argv[1:]
    testing = arguments[0] == "--self-test"
    sys.path.insert(0, arguments[-1])
    import options_pb2  # registers the extensions, so before anything is parsed
    released = read(arguments[1 if testing else 0])
    found = self_test(released, options_pb2) if testing else breaks(released, read(arguments[1]), options_pb2)
    for line in found:
        print(("not found: " if testing else "") + line, file=sys.stderr)
    sys.exit(1 if found else 0)


main()
