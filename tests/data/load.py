#!/usr/bin/python3
"""Writes the two files that `gomnet import` takes for each workshop.

FOLDER/<workshop>-products.csv and <workshop>-lots.csv, the workshop without its "workshop:". Lots begin with the units
sold in the half year of the order stream, or with those of the whole year, more by what was sold after it; or with a
percentage of them, rounded down."""
import argparse
import collections
import csv
import pathlib

import retail

PRODUCT_COLUMNS = ["sku", "name_vi", "name_en", "category", "body", "base_unit", "set_pieces", "mass_g", "assumed"]
LOT_COLUMNS = ["sku", "on_hand", "currency", *(f"tier{n}_{what}" for n in (1, 2, 3) for what in ("from", "price")),
               "min_order", "order_multiple", "lead_time_days", "ship_from", "incoterm", "grade",
               "pack_code", "pack_units", "pack_gross_g",
               *(f"firing{n}_{what}" for n in (1, 2) for what in ("energy", "quantity")), "firing_output_g", "assumed"]


def product_row(product):
    form = product["form"]
    body, body_is_stated = product["body"]
    assumed = ["names", "mass_g"]
    assumed += ["body"] * (body != "" and not body_is_stated)
    assumed += ["set_pieces"] * (form["set_pieces"] != "")
    return {"sku": product["sku"], "name_vi": f"{form['vi']} “{product['name']}”", "name_en": product["name"],
            "category": form["category"], "body": body, "base_unit": form["base_unit"],
            "set_pieces": form["set_pieces"], "mass_g": form["mass_g"], "assumed": " ".join(assumed)}


def lot_row(product, on_hand):
    form = product["form"]
    row = {"sku": product["sku"], "on_hand": on_hand, "currency": "VND", "min_order": product["tiers"][0][0],
           "order_multiple": 1, "lead_time_days": form["lead_time_days"], "ship_from": product["place"],
           "incoterm": "FCA", "grade": "A", "pack_code": form["pack_code"], "pack_units": form["pack_units"],
           "pack_gross_g": form["pack_gross_g"], "firing_output_g": form["output_g"]}
    for n, (quantity, price) in enumerate(product["tiers"], 1):
        row |= {f"tier{n}_from": quantity, f"tier{n}_price": price}
    for n, source in enumerate(form["firing"].split(), 1):
        row[f"firing{n}_energy"], _, row[f"firing{n}_quantity"] = source.partition(":")
    assumed = ["tiers", "lead_time_days", "ship_from", "incoterm", "grade", "pack"]
    assumed += ["firing"] * (form["firing"] != "")
    return row | {"assumed": " ".join(assumed)}


def write(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--stock", choices=["half-year", "year"], default="half-year")
    parser.add_argument("--percent", type=int, default=100)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    stock = collections.Counter()
    for sale in retail.sales():
        stock[sale["sku"]] += sale["quantity"]
    products = sorted(retail.products(), key=lambda product: product["sku"])
    if arguments.stock == "year":
        stock = {product["sku"]: product["units_of_year"] for product in products}
    for workshop, _ in retail.WORKSHOPS:
        own = [product for product in products if product["seller"] == workshop]
        name = workshop.partition(":")[2]
        write(arguments.folder / f"{name}-products.csv", PRODUCT_COLUMNS, map(product_row, own))
        write(arguments.folder / f"{name}-lots.csv", LOT_COLUMNS,
              (lot_row(product, stock[product["sku"]] * arguments.percent // 100) for product in own))


if __name__ == "__main__":
    main()
