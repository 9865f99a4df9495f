"""The real data as Gomnet sees it: who sells what at which price, and what was ordered. README.md tells what is
real, what is assumed and how one comes out of the other; nothing else decides it."""
import csv
import gzip
import pathlib
import zlib

HERE = pathlib.Path(__file__).resolve().parent

VND_PER_POUND = 33_000  # as in proto/codes/README.md, where reference prices come from the same data
PRICE_STEP_VND = 100

# Three ceramic villages of Gia Lâm district; how many workshops of each take part.
VILLAGES = [("bat-trang", "VN-BAT-TRANG", 6), ("giang-cao", "VN-GIANG-CAO", 3), ("kim-lan", "VN-KIM-LAN", 3)]
WORKSHOPS = [(f"workshop:{village}-{n}", place) for village, place, count in VILLAGES for n in range(1, count + 1)]

STATED_BODIES = ["earthenware", "porcelain", "stoneware", "terracotta"]


def rows(name):
    path = HERE / name
    opened = gzip.open(path, "rt", newline="") if path.suffix == ".gz" else open(path, newline="", encoding="utf-8")
    with opened as file:
        yield from csv.DictReader(file)


def pence(pounds):
    """"1.25" -> 125: exact, without floating point."""
    whole, _, part = pounds.partition(".")
    if len(part) != 2:
        raise ValueError(f"not pounds and pence: {pounds}")
    return int(whole) * 100 + int(part)


def workshop(stock_code):
    """Member name and place. Variants of one article (84596B, 84596F) come from one workshop."""
    return WORKSHOPS[zlib.crc32(stock_code[:5].encode()) % len(WORKSHOPS)]


def body(description, form):
    """The body and whether the description states it."""
    for stated in STATED_BODIES:
        if stated.upper() in description.split():
            return stated, True
    return form["body"], False


def tiers(product, form):
    """[(from quantity, dong a piece)]: the median price, reduced from each tier's quantity on."""
    price = pence(product["price_median_gbp"]) * (VND_PER_POUND // 100)
    return [(int(quantity), price * int(ppm) // (1_000_000 * PRICE_STEP_VND) * PRICE_STEP_VND)
            for quantity, ppm in (tier.split(":") for tier in form["tiers"].split())]


def products():
    """Each product with its form's row of assumed.csv and what follows from both."""
    forms = {row["form"]: row for row in rows("assumed.csv")}
    for product in rows("products.csv"):
        form = forms[product["form"]]
        seller, place = workshop(product["stock_code"])
        yield {"sku": product["stock_code"], "seller": seller, "place": place, "form": form,
               "body": body(product["description"], form), "tiers": tiers(product, form),
               "name": product["description"].capitalize(), "units_of_year": int(product["units_sold"])}


def sales():
    """The sales lines, in the order of the stream: an invoice number without a letter, a positive quantity, a
    positive price."""
    places = {row["country"]: row["place"] for row in rows("countries.csv")}
    for row in rows("orders.csv.gz"):
        if row["InvoiceNo"].isdigit() and int(row["Quantity"]) > 0 and float(row["UnitPrice"]) > 0:
            yield {"invoice": row["InvoiceNo"], "sku": row["StockCode"].upper(), "quantity": int(row["Quantity"]),
                   "seller": workshop(row["StockCode"].upper())[0],
                   "buyer": "customer:" + (row["CustomerID"].removesuffix(".0") or "WALK-IN"),
                   "time": row["InvoiceDate"], "deliver_to": places[row["Country"]]}
