#!/usr/bin/python3
"""Random catalogues and requests for matching, skewed to the edges of its rules.

    generate.py --seed S --count N              prints N lines {"case": ..}
    generate.py --seed S --count N --summary    prints how often each rule's edges are met by them
                                                instead; exit code 1 if one is never met

Case number i depends on the seed and on i alone. A case is one or a few families of lots, each an
anchor and variants that differ from it in one thing or two, and lines that fit an anchor exactly or
miss it by one: lots drawn at random would fail five constraints at once, and a near miss fails one.
"""

import argparse
import json
import math
import random
import sys

import oracle

QUANTITY_MAX = 10**9
PRICE_MAX = 10**12
MASS_G_MAX = 500000
LEAD_TIME_DAYS_MAX = 365
TIERS_MAX = 8
CO2E_CAP_G_MAX = 10**9
DISTANCE_CAP_KM_MAX = 20038
ENERGY_MAX = 9 * 10**11  # four kinds of it give nearly 2^62 grams for the heaviest piece
OVER_PPM_MAX = 10**8

SELLERS = [f"S{i}" for i in range(1, 13)]
BUYERS = ["B1", "B1", "S1", "S2"]  # a buyer may sell, but not to itself
BODIES = ["stoneware", "porcelain", "earthenware", None]
GLAZES = ["celadon", "ash", None]
UNITS = ["C62", "C62", "C62", "PR", "SET", "CMK", "GRM"]
CURRENCIES = ["VND", "VND", "VND", "EUR", "USD"]
MULTIPLES = [1, 1, 2, 5, 7, 10, 12, 48]
PRICES = [0, 1, 2, 7, 400, 15000, 79999, 80000, 1000000]
MASSES = [1, 3, 450, 999, 1001, 20000, MASS_G_MAX]
LEAD_TIMES = [0, 0, 1, 3, 7, 30, 200, LEAD_TIME_DAYS_MAX]
WEIGHTS = [
    {"price": 400000, "time": 150000, "co2e": 350000, "distance": 100000},
    {"price": 333333, "time": 333333, "co2e": 333334},
    {"price": 1000000}, {"time": 1000000}, {"co2e": 1000000}, {"distance": 1000000},
]
ENERGY_UG = {"LPG": 3288653, "ELECTRICITY_VN": 659200, "NATURAL_GAS": 240000, "COAL": 2600000,
             "WOOD": 60000, "DIESEL": 3310000}

# latitude, longitude in microdegrees, country, village
TOWNS = [
    (21019510, 105936940, "VN", None),
    (20975000, 105912000, "VN", "Bat Trang"),
    (21147000, 106145000, "VN", "Phu Lang"),
    (16067780, 108220830, "VN", "Thanh Ha"),
    (10823020, 106629650, "VN", None),
    (25042000, 102712000, "CN", "Bat Trang"),  # a village's name over the border
    (22833000, 108316000, "CN", None),
    (17966700, 102600000, "LA", None),
    (11562100, 104916000, "KH", None),
    (1352083, 103819800, "SG", None),
    (51924420, 4477730, "NL", "Delft"),
    (-33868820, 151209300, "AU", None),
    (0, 179999999, "XX", None),   # either side of the date line
    (0, -180000000, "XX", None),
    (90000000, 0, "XX", None),
]
COUNTRIES = ["VN", "VN", "CN", "LA", "KH", "SG", "NL"]
LAND_BORDERS = [["VN", "CN"], ["VN", "LA"], ["KH", "VN"]]
CAPS = ["price_cap", "needed_by", "co2e_cap", "distance_cap", "worst_grade", "village"]
# Where air begins, where a day of road (385), sea (401) or air (7,620) is added, where the two
# scales of distance end, and the ends of the earth.
EDGE_KM = [0, 1, 2, 384, 385, 400, 401, 499, 500, 500, 500, 501, 769, 770, 1999, 2000, 2001, 7619,
           7620, 19999, 20000, 20015]


def nudged(r, value, low=0, high=QUANTITY_MAX):
    """The value itself, or one beside it."""
    return min(max(value + r.choice([-1, 0, 0, 1]), low), high)


# ---- places ----


def place_at(r, origin, km):
    """A place so many km north of the origin, over the pole where it must be; sometimes just on
    either side of where the rounding turns."""
    degrees = (km + r.choice([0, 0, 0.4995, -0.4995])) / oracle.EARTH_RADIUS_KM * 180 / math.pi
    lat, lon = origin["lat"] + round(degrees * 1e6), origin["lon"]
    if lat > 90000000:
        lat, lon = 180000000 - lat, lon + 180000000
        lon -= 360000000 if lon >= 180000000 else 0
    return {"lat": max(lat, -90000000), "lon": lon, "country": r.choice(COUNTRIES),
            "village": r.choice([None, None, "Bat Trang"])}


def make_places(r):
    rows = [dict(zip(("lat", "lon", "country", "village"), r.choice(TOWNS[:r.choice([5, 11, 15])])))
            for _ in range(r.randint(1, 5))]
    rows += [place_at(r, rows[0], r.choice(EDGE_KM)) for _ in range(r.randint(0, 4))]
    return {f"P{i}": row for i, row in enumerate(rows)}  # P0 is where the buyer is


# ---- categories and factors ----


def make_categories(r):
    """A tree of which the figures are mostly missing, so that the search goes up."""
    def row(parent):
        prices = {c: r.choice(PRICES) for c in sorted(set(CURRENCIES)) if r.random() < 0.25}
        return {"parent": parent, "ref_price": prices,
                "ref_co2e_g": r.choice([None, None, None, 0, 1, 463, 2000, 90000])}

    rows, deep = {"root": row(None)}, r.random() < 0.5
    for i in range(r.randint(1, 8)):
        rows[f"c{i}"] = row(list(rows)[-1] if deep else r.choice(list(rows)))
    return rows


def make_factors(r):
    return {
        "energy_ug": ENERGY_UG,
        "default_production_g_per_kg": r.choice([
            {"stoneware": 1500, "": 2000},
            {"": 2000},
            {"stoneware": 1501, "porcelain": 2750, "": 3001},
        ]),
        "transport_mg_per_tkm": r.choice([
            {"road": 125220, "sea": 19770, "air": 1034550},
            {"road": 100001, "sea": 1, "air": 999999},
        ]),
    }


# ---- lots ----


def make_tiers(r, min_order, multiple, price):
    """Up to eight: quantities ascending from min_order, on multiples and beside them, prices not
    ascending; often a step at which a little more costs less."""
    tiers = [[min_order, price]]
    for _ in range(r.choice([0, 0, 1, 2, 3, TIERS_MAX - 1])):
        start, price = tiers[-1]
        start += r.choice([1, multiple, multiple + 1, 3 * multiple, 10 * multiple,
                           r.randint(1, 200)])
        price = max(0, r.choice([price, price - 1, price * 9 // 10, price // 2, price // 20, 0]))
        if start <= QUANTITY_MAX:
            tiers.append([start, price])
    return tiers


def make_pack(r, mass_g):
    units = r.choice([1, 2, 6, 7, 10, 24])
    return {"units": units, "gross_g": units * mass_g + r.choice([0, 1, units, 50, units * 1000])}


def make_firing(r):
    if r.random() < 0.02:  # as many digits as there can be
        return {"sources": [[kind, ENERGY_MAX] for kind in sorted(ENERGY_UG)[:4]], "output_g": 1}
    kinds, most = r.sample(sorted(ENERGY_UG), r.choice([1, 1, 2, 4])), r.randint(1, 10**9)
    return {"sources": [[kind, r.choice([1, 150000, 150000, most])] for kind in kinds],
            "output_g": r.choice([600000, 600000, r.randint(1000, 3000000)])}


def make_price(r):
    return r.choice([r.choice(PRICES), r.randint(0, 100000), r.randint(0, 100000),
                     r.choice([PRICE_MAX, PRICE_MAX - 1, 10**6])])


def set_terms(r, lot):
    """Multiple, minimum, tiers and stock belong together."""
    m = r.choice(MULTIPLES) if r.random() < 0.98 else QUANTITY_MAX // 2 - 1
    lot["order_multiple"] = m
    lot["min_order"] = m * r.choice([1, 1, 2, 3, 10]) if m < 1000 else m
    lot["tiers"] = make_tiers(r, lot["min_order"], m, make_price(r))
    set_stock(r, lot)


def set_dear_terms(r, lot):
    """The amount of a thousand at the highest price is just within its limit."""
    lot["order_multiple"] = r.choice([1, 10, 1000])
    lot["min_order"] = r.choice([1000, 1000, 2000])
    lot["tiers"] = [[lot["min_order"], PRICE_MAX]] + r.choice([[], [[2002, PRICE_MAX // 2 - 1]]])
    lot["reserved"], lot["on_hand"] = 0, r.choice([1000, 1001, 2002, 10**6])


def set_stock(r, lot):
    """Around the minimum, around a multiple, around a tier, or plenty."""
    m = lot["order_multiple"]
    free = r.choice([
        lot["min_order"] + r.choice([-1, 0, 0, 1]),
        lot["min_order"] + m * r.randint(0, 20) + r.choice([-1, 0, 0, 1]),
        r.choice(lot["tiers"])[0] + r.choice([-1, 0, m]),
        lot["min_order"] + 5000, 10**6, QUANTITY_MAX,
    ])
    free = min(max(free, 0), QUANTITY_MAX)
    lot["reserved"] = min(r.choice([0, 0, 1, 20, 100]), QUANTITY_MAX - free)
    lot["on_hand"] = free + lot["reserved"]


def make_anchor(r, case):
    mass_g = r.choice(MASSES)
    lot = {
        "id": None, "seller": r.choice(SELLERS), "state": "LISTED",
        "category": r.choice(list(case["categories"])), "body": r.choice(BODIES),
        "glaze": r.choice(GLAZES), "base_unit": r.choice(UNITS),
        "currency": r.choice(CURRENCIES), "grade": r.choice(oracle.GRADES),
        "on_hand": 0, "reserved": 0, "min_order": 0, "order_multiple": 0, "tiers": [],
        "lead_time_days": r.choice(LEAD_TIMES), "ship_from": r.choice(list(case["places"])[-4:]),
        "incoterm": r.choice(["EXW", "FCA"]), "mass_g": mass_g,
        "pack": r.choice([None, make_pack(r, mass_g)]),
        "firing": r.choice([None, make_firing(r), make_firing(r)]),
    }
    set_terms(r, lot)
    return lot


def shift_prices(r, lot):
    """All of them, by a little or by a lot, still not ascending."""
    by = r.choice([-1000, -1, 1, 1000])
    factor = r.choice([1, 1, 1, 2])
    lot["tiers"] = [[start, min(max(price * factor + by, 0), PRICE_MAX)]
                    for start, price in lot["tiers"]]


def shift_body(r, lot):
    lot["mass_g"] = nudged(r, r.choice([lot["mass_g"], r.choice(MASSES)]), 1, MASS_G_MAX)
    lot["pack"] = r.choice([None, make_pack(r, lot["mass_g"])])


def vary(r, case, lot):
    """Changes one thing."""
    def choose(field, values):
        return lambda: lot.__setitem__(field, r.choice(values))

    places, categories = list(case["places"]), list(case["categories"])
    r.choice([
        choose("grade", oracle.GRADES),
        choose("grade", oracle.GRADES),
        choose("ship_from", places),
        choose("ship_from", places),
        choose("lead_time_days", LEAD_TIMES),
        lambda: lot.update(lead_time_days=nudged(r, lot["lead_time_days"], 0, LEAD_TIME_DAYS_MAX)),
        lambda: lot.update(lead_time_days=nudged(r, lot["lead_time_days"], 0, LEAD_TIME_DAYS_MAX)),
        lambda: shift_prices(r, lot),
        lambda: shift_prices(r, lot),
        lambda: set_terms(r, lot),
        lambda: set_dear_terms(r, lot),
        lambda: set_stock(r, lot),
        lambda: set_stock(r, lot),
        lambda: shift_body(r, lot),
        lambda: lot.update(firing=r.choice([None, make_firing(r)])),
        choose("state", ["WITHDRAWN"]),
        choose("category", categories),
        choose("body", BODIES),
        choose("glaze", GLAZES),
        choose("base_unit", UNITS),
        choose("currency", CURRENCIES),
        lambda: None,  # the same but for id and seller: scores are equal
        lambda: None,
    ])()


def climb(r, case, lot, measure):
    """One measure out of reach by more or less, each at a price of its own (often the lower, the
    further): what relaxing gains."""
    rungs = {"grade": oracle.GRADES, "lead_time_days": [0, 1, 2, 3, 5, 8, 13, 21],
             "ship_from": list(case["places"])}[measure]
    rung = r.randrange(len(rungs))
    lot[measure] = rungs[rung]
    factor, step = r.choice([(r.randint(50, 150), 0), (100 - 5 * rung, 0), (100, r.randint(-3, 3))])
    lot["tiers"] = [[start, min(max(price, 100) * factor // 100 + step, PRICE_MAX)]
                    for start, price in lot["tiers"]]


def make_mixed(r, case):
    """A few families, each lot unlike its anchor in up to two things."""
    anchors = [make_anchor(r, case) for _ in range(r.choice([1, 1, 1, 2, 3]))]
    for _ in range(r.choice([1, 2, 3, 5, 12, 30, r.choice([50, 200])])):
        lot = dict(r.choice(anchors))
        for _ in range(r.choice([0, 1, 1, 2])):
            vary(r, case, lot)
        yield lot


def make_close(r, case):
    """One family, each lot unlike the first in one thing: near misses of every kind."""
    anchor = make_anchor(r, case)
    yield dict(anchor)
    for _ in range(r.choice([5, 20, 60, 120])):
        lot = dict(anchor)
        vary(r, case, lot)
        yield lot


def make_ladder(r, case):
    """One family, apart in one measure and in price."""
    anchor = make_anchor(r, case)
    anchor.update(reserved=0, on_hand=10**6)
    measure = r.choice(["grade", "lead_time_days", "ship_from"])
    for _ in range(r.choice([5, 12, 25, 40])):
        lot = dict(anchor)
        climb(r, case, lot, measure)
        yield lot


def make_lots(r, case):
    lots = list(r.choice([make_mixed, make_close, make_ladder, make_ladder])(r, case))
    sellers = r.sample(SELLERS, r.choice([1, 2, 4, 8, len(SELLERS)]))  # few: most have a match
    numbers = r.sample(range(1, 2 * len(lots) + 10), len(lots))  # L9 and L10: bytes, not numbers
    for lot, number in zip(lots, numbers):
        lot.update(id=f"{r.choice('LLLl')}{number}", seller=r.choice(sellers))
    return lots


# ---- requests ----


def make_quantity(r, lot):
    m, minimum, free = lot["order_multiple"], lot["min_order"], oracle.available(lot)
    q = r.choice([1, minimum, minimum, minimum + m * r.randint(0, 12), free, free // m * m,
                  r.choice(lot["tiers"])[0], r.randint(1, 2 * minimum), r.randint(1, 5000),
                  r.choice([QUANTITY_MAX, 1000, 1001, 10**9 // 2])])
    return nudged(r, q, 1)


def make_surplus(r, line, lot):
    """Usual figures, and the least that lets the lot's quantity through, or one less."""
    t = oracle.target_quantity("WHOLE", line, lot)
    least = oracle.ceil_div((t - line["quantity"]) * oracle.PPM, line["quantity"])
    least = min(max(least, 0), OVER_PPM_MAX)
    return r.choice([0, 100000, 250000, 1000000, least, max(least - 1, 0)])


def make_needed_by(r, today, arrival):
    if r.random() < 0.05:
        return today + r.choice([-1, oracle.NEEDED_BY_DAYS_MAX + 1, -400])
    ahead = r.choice([arrival - today, arrival - today, nudged(r, arrival - today),
                      r.choice([0, 1, 30, oracle.NEEDED_BY_DAYS_MAX])])
    return today + min(ahead, oracle.NEEDED_BY_DAYS_MAX)


def make_weights(r):
    if r.random() < 0.6:
        return r.choice(WEIGHTS)
    cuts = sorted(r.randint(0, oracle.PPM) for _ in range(3))
    return dict(zip(["price", "time", "co2e", "distance"],
                    [cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], oracle.PPM - cuts[2]]))


def above(r, case, category):
    """The category itself or one above it, as far as it goes."""
    while case["categories"][category]["parent"] is not None and r.random() < 0.6:
        category = case["categories"][category]["parent"]
    return category


def set_wishes(r, case, line, lot):
    """Asks for what the lot has, or for one beside it, or does not ask."""
    share = r.choice([0.1, 0.3, 0.6, 1, 1])

    def set_sometimes(field, choices, chance=share):
        if r.random() < chance:
            line[field] = r.choice(choices)

    figures = oracle.offer_of(case, line, lot)
    price, grams, km = figures["unit_landed"], figures["co2e_g"], figures["km"]
    set_sometimes("body", [lot["body"]], share / 3)
    set_sometimes("glaze", [lot["glaze"]], share / 3)
    set_sometimes("price_cap", [price, nudged(r, price, 0, PRICE_MAX),
                                r.choice(lot["tiers"])[1], 0])
    set_sometimes("target_price", [nudged(r, price, 0, PRICE_MAX), price // 2, 0], 0.3)
    set_sometimes("needed_by", [make_needed_by(r, case["today"], figures["arrival"])])
    set_sometimes("co2e_cap", [min(grams, CO2E_CAP_G_MAX), nudged(r, grams, 0, CO2E_CAP_G_MAX),
                               min(2 * grams, CO2E_CAP_G_MAX), 0])
    set_sometimes("distance_cap", [km, nudged(r, km, 0, DISTANCE_CAP_KM_MAX),
                                   min(km + 300, DISTANCE_CAP_KM_MAX), 0])
    set_sometimes("worst_grade", [lot["grade"], lot["grade"], "A", "B"])
    set_sometimes("village", [case["places"][lot["ship_from"]]["village"]])
    set_sometimes("village", ["Bat Trang"], share / 6)


def keep_one_cap(r, case, line):
    """Leaves one cap: where lots differ in a measure that bounds only some of them, that one."""
    bounds = [("grade", "worst_grade"), ("lead_time_days", "needed_by"), ("ship_from", "needed_by"),
              ("ship_from", "distance_cap"), ("ship_from", "co2e_cap"), ("ship_from", "village")]
    caps = [cap for measure, cap in bounds if len({row[measure] for row in case["lots"]}) > 1]
    kept = r.choice(caps or CAPS)
    line.update({cap: None for cap in CAPS if cap != kept})


def make_line(r, case, lot):
    """A line for this lot."""
    line = {"category": above(r, case, lot["category"]), "quantity": make_quantity(r, lot),
            "base_unit": lot["base_unit"], "body": None, "glaze": None, "price_cap": None,
            "target_price": None, "needed_by": None, "co2e_cap": None, "distance_cap": None,
            "worst_grade": None, "village": None, "preferred": [], "excluded": [], "over_ppm": 0}
    line["over_ppm"] = make_surplus(r, line, lot)
    if oracle.stock(lot) < lot["min_order"]:
        return line  # sold out: it has no figures

    if r.random() < 0.5:
        set_wishes(r, case, line, lot)
    else:  # quantity and price fit, so that one other thing decides
        line.update(quantity=r.choice([lot["min_order"], lot["min_order"], oracle.stock(lot)]),
                    over_ppm=r.choice([0, 1000000]))
        set_wishes(r, case, line, lot)
        keep_one_cap(r, case, line)

    sellers = sorted({row["seller"] for row in case["lots"]})
    line["preferred"] = r.sample(sellers, r.choice([0, 0, 1, min(2, len(sellers))]))
    if len(sellers) > 1 and r.random() < 0.2:
        line["excluded"] = r.sample(sellers, 1)
    return line


def make_case(seed, index):
    r = random.Random(f"{seed}/{index}")
    case = {"today": r.choice([19548, 20781, r.randint(0, 30000)]), "places": make_places(r),
            "land_borders": r.sample(LAND_BORDERS, r.randint(0, 3)),
            "categories": make_categories(r), "factors": make_factors(r)}
    case["lots"] = make_lots(r, case)
    chosen = r.choice([case["lots"][0], r.choice(case["lots"])])
    case["request"] = {"buyer": r.choice(BUYERS), "deliver_to": "P0",
                       "currency": chosen["currency"], "split": r.choice(["WHOLE", "SPLIT"]),
                       "air": r.random() < 0.3, "weights": make_weights(r), "lines": []}
    for _ in range(r.choice([1, 1, 1, 2, 3, r.choice([5, 20])])):
        lot = r.choice([chosen, case["lots"][0], r.choice(case["lots"])])
        case["request"]["lines"].append(make_line(r, case, lot))
    return case


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--summary", action="store_true")
    options = parser.parse_args()
    cases = (make_case(options.seed, index) for index in range(options.count))
    if options.summary:
        import census
        return census.report(cases)
    for case in cases:
        print(json.dumps({"case": case}, separators=(",", ":")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
