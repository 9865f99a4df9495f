#!/usr/bin/python3
"""Writes the code lists of proto/codes/ as the C tables that proto/codes.h declares.

    codes.py CODES_DIR DESCRIPTOR_SET OUT_C

Refuses a list that is out of order, names what does not exist or does not add up."""
import csv
import re
import sys
import unicodedata
from pathlib import Path

from google.protobuf import descriptor_pb2

KINDS = ["village", "town", "city"]      # enum gm_place_kind
MODES = ["road", "sea", "air"]           # enum gm_transport_mode
LPG_UG = 3288653


def fail(what):
    sys.exit("codes.py: " + what)


def need(condition, what):
    if not condition:
        fail(what)


def read(folder, name):
    text = Path(folder, name).read_text(encoding="utf-8")
    need(unicodedata.is_normalized("NFC", text), name + " is not in NFC")
    return list(csv.DictReader(text.splitlines()))


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ascending(rows, key, name):
    keys = [key(r).encode() for r in rows]
    for a, b in zip(keys, keys[1:]):
        need(a < b, f"{name}: {b.decode()} stands after {a.decode()}")


def codes_are(pattern, rows, key, name):
    for r in rows:
        need(re.fullmatch(pattern, r[key]) and len(r[key]) <= 40, f"{name}: {r[key]} is no code")


def places(folder):
    rows = read(folder, "places.csv")
    codes_are(r"[A-Z0-9._/-]+", rows, "code", "places.csv")
    ascending(rows, lambda r: r["code"], "places.csv")
    villages = {r["code"] for r in rows if r["kind"] == "village"}
    for r in rows:
        need(r["code"].startswith(r["country"] + "-"), r["code"] + " lies in another country")
        need(r["village"] in villages | {""}, r["code"] + ": no such village")
        need(abs(int(r["latitude"])) <= 90 * 10**6 and abs(int(r["longitude"])) <= 180 * 10**6,
             r["code"] + " lies nowhere")
    return rows, [f'{{{quote(r["code"])}, {quote(r["name"])}, {KINDS.index(r["kind"])}, {quote(r["country"])}, '
                  f'{quote(r["subdivision"])}, {quote(r["village"])}, {r["latitude"]}, {r["longitude"]}}}'
                  for r in rows]


def borders(folder, countries):
    rows = read(folder, "borders.csv")
    ascending(rows, lambda r: r["country"] + r["neighbour"], "borders.csv")
    for r in rows:
        need(r["country"] < r["neighbour"], "borders.csv: a pair stands once, in order")
        need({r["country"], r["neighbour"]} <= countries, "borders.csv: a country without a place")
    return [f'{{{quote(r["country"])}, {quote(r["neighbour"])}}}' for r in rows]


def figure(text):
    return text or "GM_CODES_NO_FIGURE"


def categories(folder):
    rows = read(folder, "categories.csv")
    codes_are(r"[a-z0-9_-]+", rows, "slug", "categories.csv")
    index = {}
    out = []
    for i, r in enumerate(rows):
        need(r["slug"] not in index, r["slug"] + " stands twice")
        index[r["slug"]] = i
        need(not r["parent"] or r["parent"] in index, r["slug"] + " stands above its parent")
        parent = index[r["parent"] or r["slug"]]
        out.append(f'{{{quote(r["slug"])}, {quote(r["vi"])}, {quote(r["en"])}, {parent}, '
                   f'{figure(r["reference_price_vnd"])}, {figure(r["reference_co2e_g"])}}}')
    order = [str(i) for _, i in sorted((slug.encode(), i) for slug, i in index.items())]
    return out, order


def bodies(folder):
    rows = read(folder, "bodies.csv")
    ascending(rows, lambda r: r["slug"], "bodies.csv")
    need(rows[0]["slug"] == "", "bodies.csv needs a row for what is not stated")
    codes_are(r"[a-z0-9_-]+", rows[1:], "slug", "bodies.csv")
    for r in rows:
        produced = int(r["production_g_per_kg"])
        need(produced <= int(rows[0]["production_g_per_kg"]), r["slug"] + " is above what is not stated")
        need(produced == -(-int(r["lpg_g_per_kg"]) * LPG_UG // (50 * 10**6)) * 50,
             r["slug"] + ": not its LPG, rounded up to 50")
    return [f'{{{quote(r["slug"])}, {quote(r["vi"])}, {quote(r["en"])}, {r["production_g_per_kg"]}}}' for r in rows]


def energies(folder, descriptor_set):
    rows = read(folder, "energy.csv")
    files = descriptor_pb2.FileDescriptorSet.FromString(Path(descriptor_set).read_bytes()).file
    enum = next(e for f in files for e in f.enum_type if f.package == "gomnet.v1" and e.name == "Energy")
    names = [v.name for v in sorted(enum.value, key=lambda v: v.number)][1:]
    need(names == [r["energy"] for r in rows], "energy.csv does not list the energies of common.proto in order")
    for r in rows:
        need(int(r["microgram"]) == int(r["combustion"]) + int(r["well_to_tank"]), r["energy"] + " does not add up")
    return [f'{{{quote(r["energy"])}, {i + 1}, {quote(r["unit"])}, {r["microgram"]}, {r["biogenic"]}}}'
            for i, r in enumerate(rows)]


def transports(folder):
    rows = read(folder, "transport.csv")
    need([r["mode"] for r in rows] == MODES, "transport.csv does not list the modes in order")
    for r in rows:
        need(int(r["mg_per_tkm"]) == int(r["tank_to_wheel"]) + int(r["well_to_tank"]), r["mode"] + " does not add up")
    return [f'{{{quote(r["mode"])}, {r["rec19"]}, {r["mg_per_tkm"]}}}' for r in rows]


def main():
    folder, descriptor_set, out = sys.argv[1:]
    place_rows, place_table = places(folder)
    category_table, order = categories(folder)
    tables = [
        ("const struct gm_place gm_places", "gm_place_count", place_table),
        ("const struct gm_border gm_borders", "gm_border_count", borders(folder, {r["country"] for r in place_rows})),
        ("const struct gm_category gm_categories", "gm_category_count", category_table),
        ("const uint32_t gm_category_order", None, order),
        ("const struct gm_body gm_bodies", "gm_body_count", bodies(folder)),
        ("const struct gm_energy gm_energies", "gm_energy_count", energies(folder, descriptor_set)),
        ("const struct gm_transport gm_transports", None, transports(folder)),
    ]
    text = '/* Generated from proto/codes/ by proto/codes.py. */\n#include "proto/codes.h"\n'
    for name, count, rows in tables:
        text += f"\n{name}[] = {{\n    " + ",\n    ".join(rows) + ",\n};\n"
        if count:
            text += f"const uint32_t {count} = {len(rows)};\n"
    Path(out).write_text(text, encoding="utf-8")


main()
