#!/usr/bin/python3
"""What FindMatches must answer, by brute force.

A second reading of the rules of matching, written from their words alone and without a look at the
engine, so that the two can be compared. Plain and slow on purpose: every line of a request looks at
every lot, every rule is one short function under the rule's own words. Whole numbers are exact; the
great circle is the one place with floating point.

    oracle.py < cases.jsonl           an answer line for each line {"case": ..}
    oracle.py --check cases.jsonl     compare with the stored answers of {"case": .., "answer": ..}
"""

import json
import math
import sys

PPM = 10**6

AMOUNT_MAX = 10**15          # minor units of an order line
NEEDED_BY_DAYS_MAX = 730     # ahead of today
EARTH_RADIUS_KM = 6371.0088
AIR_BEYOND_KM = 500
DETOUR_PER_MILLE = {"road": 1300, "sea": 1500, "air": 1050}
HANDLING_DAYS = {"road": 1, "sea": 10, "air": 3}
KM_A_DAY = {"road": 500, "sea": 600, "air": 8000}
PACKING_PPM = 1150000        # gross over net mass where no pack is stated
GRADES = ["A", "B", "SECOND", "BYPRODUCT"]
TIME_SCALE_DAYS = 60         # where no needed_by is set
CO2E_REFERENCE_G = 2000      # where no category has a figure
MATCHES_MAX = 10
NEAR_MISSES_MAX = 10
NEAR_MISSES_PER_CONSTRAINT = 3
RELAXABLE = ["QUANTITY", "MINIMUM", "DATE", "PRICE", "CO2E", "DISTANCE", "GRADE", "VILLAGE"]


def ceil_div(a, b):
    return -(-a // b)


# ---- distance and transit ----


def great_circle_km(a, b):
    """Distance is the haversine with R = 6,371.0088 km,
    whole km = floor(2R asin(min(1, sqrt(h))) + 0.5)."""
    lat_a, lon_a = math.radians(a["lat"] / 1e6), math.radians(a["lon"] / 1e6)
    lat_b, lon_b = math.radians(b["lat"] / 1e6), math.radians(b["lon"] / 1e6)
    h = (math.sin((lat_b - lat_a) / 2) ** 2
         + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2)
    return math.floor(2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h))) + 0.5)


def by_road(case, a, b):
    """Road inside a country and between the pairs of the land-border table."""
    pairs = [{x, y} for x, y in case["land_borders"]]
    return a["country"] == b["country"] or {a["country"], b["country"]} in pairs


def transport_mode(case, a, b, km):
    """Air where the request says so and km > 500 or the way is not by road; else road, else
    maritime."""
    road = by_road(case, a, b)
    if case["request"]["air"] and (km > AIR_BEYOND_KM or not road):
        return "air"
    return "road" if road else "sea"


def mode_km(mode, km):
    """Mode km = ceil(km x factor / 1000)."""
    return ceil_div(km * DETOUR_PER_MILLE[mode], 1000)


def transit_days(mode, km):
    """Transit days = handling + ceil(mode km / km a day)."""
    return HANDLING_DAYS[mode] + ceil_div(mode_km(mode, km), KM_A_DAY[mode])


# ---- CO2e, in whole grams per base unit ----


def production_g(case, lot):
    """Stated: ceil(mass_g x sum(quantity x f) / (output_g x 10^6)). No firing stated:
    ceil(mass_g x d / 1000), d by body, with a row for no body or an unlisted one."""
    if lot["firing"] is not None:
        f = case["factors"]["energy_ug"]
        total = sum(quantity * f[source] for source, quantity in lot["firing"]["sources"])
        return ceil_div(lot["mass_g"] * total, lot["firing"]["output_g"] * 10**6)
    by_body = case["factors"]["default_production_g_per_kg"]
    d = by_body.get(lot["body"] or "", by_body[""])
    return ceil_div(lot["mass_g"] * d, 1000)


def unit_gross_g(lot):
    """u = ceil(gross g of a pack / its units), or without a pack the gross mass of one unit:
    ceil(mass_g x 1,150,000 / 1,000,000)."""
    if lot["pack"] is not None:
        return ceil_div(lot["pack"]["gross_g"], lot["pack"]["units"])
    return ceil_div(lot["mass_g"] * PACKING_PPM, PPM)


def transport_g(case, lot, mode, km):
    """Transport = ceil(u x mode km x F / 10^9), F in mg per t-km."""
    f = case["factors"]["transport_mg_per_tkm"][mode]
    return ceil_div(unit_gross_g(lot) * mode_km(mode, km) * f, 10**9)


# ---- prices and quantities ----


def unit_price(lot, quantity):
    """The tier reached prices all units of the line."""
    return [price for start, price in lot["tiers"] if start <= quantity][-1]


def landed_amount(lot, quantity):
    """Amount = quantity x unit price; the buyer carries (EXW, FCA), so freight is 0."""
    return quantity * unit_price(lot, quantity)


def available(lot):
    """available = on_hand - reserved."""
    return lot["on_hand"] - lot["reserved"]


def promise(case, lot, day):
    """available if today + lead_time_days <= d, else 0."""
    return available(lot) if case["today"] + lot["lead_time_days"] <= day else 0


def stock(lot):
    """s = floor(promise(no date) / m) x m."""
    m = lot["order_multiple"]
    return available(lot) // m * m


def most(line):
    """most = floor(q x (10^6 + over_ppm) / 10^6)."""
    return line["quantity"] * (PPM + line["over_ppm"]) // PPM


def target_quantity(split, line, lot):
    """WHOLE: t = max(min_order, ceil(q / m) x m).
    SPLIT: t = max(min_order, min(ceil(q / m), floor(most / m)) x m)."""
    m, q = lot["order_multiple"], line["quantity"]
    multiples = ceil_div(q, m)
    if split == "SPLIT":
        multiples = min(multiples, most(line) // m)
    return max(lot["min_order"], multiples * m)


def promised_in_time(case, line, lot, transit):
    """p = promise(d), d = the later of needed_by - transit and the first day on which
    promise(d) >= min_order; promise(no date) where needed_by is not set."""
    if line["needed_by"] is None:
        return available(lot)
    first = case["today"]
    while promise(case, lot, first) < lot["min_order"]:  # ends: the lot is not sold out
        first += 1
    return promise(case, lot, max(line["needed_by"] - transit, first))


def offered_quantity(case, line, lot, t, transit):
    """WHOLE: n = min(t, s). SPLIT: n = min(t, floor(p / m) x m)."""
    if case["request"]["split"] == "WHOLE":
        return min(t, stock(lot))
    m = lot["order_multiple"]
    return min(t, promised_in_time(case, line, lot, transit) // m * m)


# ---- hard constraints ----


def lies_below(case, category, asked):
    """Category is or lies below the asked one."""
    while category is not None:
        if category == asked:
            return True
        category = case["categories"][category]["parent"]
    return False


def fixed_constraints(case, line, lot):
    """Fixed, never in a near miss; {constraint: passes}. What a lot does not state fails."""
    return {
        "LISTED": lot["state"] == "LISTED",
        "CATEGORY": lies_below(case, lot["category"], line["category"]),
        "UNIT": lot["base_unit"] == line["base_unit"],
        "CURRENCY": lot["currency"] == case["request"]["currency"],
        "BODY": line["body"] is None or lot["body"] == line["body"],
        "GLAZE": line["glaze"] is None or lot["glaze"] == line["glaze"],
        "BUYER": lot["seller"] != case["request"]["buyer"],
        "EXCLUDED": lot["seller"] not in line["excluded"],
        "SOLD_OUT": stock(lot) >= lot["min_order"],  # not sold out
    }


def amount_within_limit(offer):
    """Fixed too: the amount at n within its limit."""
    return landed_amount(offer["lot_row"], offer["n"]) <= AMOUNT_MAX


def failures(case, line, offer):
    """The relaxable constraints that fail: {constraint: (excess, limit)}. One that is not set
    passes; the limit is the number compared with, 1 for GRADE and what is yes or no."""
    lot = offer["lot_row"]
    whole = case["request"]["split"] == "WHOLE"
    compared = {}  # constraint: (excess, limit); an excess of 0 or less passes

    # QUANTITY: WHOLE q - s; SPLIT passes.
    if whole:
        compared["QUANTITY"] = (line["quantity"] - stock(lot), line["quantity"])
    # MINIMUM: t - most; passes where QUANTITY fails.
    if not (whole and line["quantity"] > stock(lot)):
        compared["MINIMUM"] = (offer["t"] - most(line), most(line))
    # DATE: arrival of the n-th unit - needed_by. Its limit: needed_by - today.
    if line["needed_by"] is not None:
        compared["DATE"] = (offer["arrival"] - line["needed_by"], line["needed_by"] - case["today"])
    # PRICE: ceil(landed amount / n) - cap.
    if line["price_cap"] is not None:
        compared["PRICE"] = (offer["unit_landed"] - line["price_cap"], line["price_cap"])
    # CO2E: grams per unit - cap.
    if line["co2e_cap"] is not None:
        compared["CO2E"] = (offer["co2e_g"] - line["co2e_cap"], line["co2e_cap"])
    # DISTANCE: km - cap.
    if line["distance_cap"] is not None:
        compared["DISTANCE"] = (offer["km"] - line["distance_cap"], line["distance_cap"])
    # GRADE: steps below the worst accepted, in the order A, B, SECOND, BYPRODUCT.
    if line["worst_grade"] is not None:
        steps = GRADES.index(lot["grade"]) - GRADES.index(line["worst_grade"])
        compared["GRADE"] = (steps, 1)
    # VILLAGE: 0 where the ship-from place lies in the asked village, else 1.
    if line["village"] is not None:
        inside = case["places"][lot["ship_from"]]["village"] == line["village"]
        compared["VILLAGE"] = (0 if inside else 1, 1)

    return {name: pair for name, pair in compared.items() if pair[0] > 0}


# ---- score ----


def down(x, scale):
    """down(x, S) = x >= S ? 0 : floor((S - x) x 10^6 / S)."""
    return 0 if x >= scale else (scale - x) * PPM // scale


def reference(case, category, figure_of):
    """Reference figures are those of the category asked for, or of the nearest above it that has
    the figure."""
    while category is not None:
        figure = figure_of(case["categories"][category])
        if figure is not None:
            return figure
        category = case["categories"][category]["parent"]
    return None


def price_scale(case, line):
    """S = cap, else 2 x the buyer's target price, else 2 x the category's reference price in that
    currency, else none."""
    if line["price_cap"] is not None:
        return line["price_cap"]
    if line["target_price"] is not None:
        return 2 * line["target_price"]
    currency = case["request"]["currency"]
    figure = reference(case, line["category"], lambda row: row["ref_price"].get(currency))
    return None if figure is None else 2 * figure


def price_utility(case, line, offer):
    """down(ceil(landed / n), S), or 0 where there is no S."""
    scale = price_scale(case, line)
    return 0 if scale is None else down(offer["unit_landed"], scale)


def time_utility(case, line, offer):
    """down(arrival - today, S), S = needed_by - today, else 60."""
    scale = TIME_SCALE_DAYS if line["needed_by"] is None else line["needed_by"] - case["today"]
    return down(offer["arrival"] - case["today"], scale)


def co2e_utility(case, line, offer):
    """down(g per unit, S), S = cap, else the category's reference grams (2,000 where none)."""
    scale = line["co2e_cap"]
    if scale is None:
        scale = reference(case, line["category"], lambda row: row["ref_co2e_g"])
    return down(offer["co2e_g"], CO2E_REFERENCE_G if scale is None else scale)


def distance_utility(line, offer):
    """down(km, cap), without a cap floor((down(km, 2,000) + down(km, 20,000)) / 2)."""
    if line["distance_cap"] is not None:
        return down(offer["km"], line["distance_cap"])
    return (down(offer["km"], 2000) + down(offer["km"], 20000)) // 2


def shares(case, line, offer):
    """share = floor(w x u / 10^6)."""
    utilities = {
        "price": price_utility(case, line, offer),
        "time": time_utility(case, line, offer),
        "co2e": co2e_utility(case, line, offer),
        "distance": distance_utility(line, offer),
    }
    weights = case["request"]["weights"]
    return {name: weights.get(name, 0) * u // PPM for name, u in utilities.items()}


# ---- offers and their notes ----


def offer_of(case, line, lot):
    """All figures of a match or near miss are taken at n; t is shown beside it."""
    source = case["places"][lot["ship_from"]]
    target = case["places"][case["request"]["deliver_to"]]
    km = great_circle_km(source, target)
    mode = transport_mode(case, source, target, km)
    transit = transit_days(mode, km)
    t = target_quantity(case["request"]["split"], line, lot)
    n = offered_quantity(case, line, lot, t, transit)
    offer = {
        "lot": lot["id"], "lot_row": lot, "t": t, "n": n,
        "unit_price": unit_price(lot, n),
        "unit_landed": ceil_div(landed_amount(lot, n), n),
        # Arrival = ready day (stock: today) + lead_time_days + transit days.
        "arrival": case["today"] + lot["lead_time_days"] + transit,
        "km": km,
        "co2e_g": production_g(case, lot) + transport_g(case, lot, mode, km),
    }
    offer["shares"] = shares(case, line, offer)
    offer["score"] = sum(offer["shares"].values())  # score = sum of shares
    return offer


def cheaper_at(lot, n):
    """Q, the smallest quantity ceil(from / m) x m <= s of a higher tier whose landed amount is less
    than that at n; None where there is none."""
    m = lot["order_multiple"]
    quantities = [ceil_div(start, m) * m for start, _ in lot["tiers"] if start > n]
    cheaper = [q for q in quantities
               if q <= stock(lot) and landed_amount(lot, q) < landed_amount(lot, n)]
    return min(cheaper, default=None)


def notes(case, line, offer):
    """In this order: CO2E_DEFAULT, FREIGHT_BY_BUYER, PRICE_NOT_SCORED, PREFERRED, CHEAPER_AT."""
    lot = offer["lot_row"]
    found = []
    if lot["firing"] is None:
        found.append(["CO2E_DEFAULT"])
    if lot["incoterm"] in ("EXW", "FCA"):
        found.append(["FREIGHT_BY_BUYER"])
    if price_scale(case, line) is None:  # whatever the weight
        found.append(["PRICE_NOT_SCORED"])
    if lot["seller"] in line["preferred"]:
        found.append(["PREFERRED"])
    quantity = cheaper_at(lot, offer["n"])
    if quantity is not None:
        found.append(["CHEAPER_AT", quantity])
    return found


# ---- gain ----


def gain_entry(near, matches, constraint, relax):
    """suppliers_added = sellers without a match among the lots with excess <= r; new = lowest
    landed unit price of all the constraint's near misses with excess <= r; saving_ppm =
    floor((best - new) x 10^6 / best), best = lowest landed unit price of all matches; absent where
    nothing matches, else 0 where not cheaper or for QUANTITY."""
    matched = {m["lot_row"]["seller"] for m in matches}
    gained = [x for x in near if x["excess"] <= relax]
    new = min(x["unit_landed"] for x in gained)
    best = min((m["unit_landed"] for m in matches), default=None)
    if best is None:
        saving = None
    elif constraint == "QUANTITY" or new >= best:
        saving = 0
    else:
        saving = (best - new) * PPM // best
    added = {x["lot_row"]["seller"] for x in gained} - matched
    return {"relax": relax, "suppliers_added": len(added), "new": new, "saving_ppm": saving}


def adds_to(second, first):
    """The entry of r2 > r1 is left out where it has neither more suppliers nor a greater saving
    (where nothing matches: a lower new) than that of r1."""
    if second["suppliers_added"] > first["suppliers_added"]:
        return True
    if second["saving_ppm"] is None:
        return second["new"] < first["new"]
    return second["saving_ppm"] > first["saving_ppm"]


def relaxations(near, matches, constraint):
    """r1 = the smallest excess of a lot whose seller has no match on the line (None where there is
    none); r2 = the smallest excess among the lots of lowest landed unit price (not for
    QUANTITY)."""
    matched = {m["lot_row"]["seller"] for m in matches}
    lowest = min(x["unit_landed"] for x in near)
    r1 = min((x["excess"] for x in near if x["lot_row"]["seller"] not in matched), default=None)
    r2 = min(x["excess"] for x in near if x["unit_landed"] == lowest)
    return r1, None if constraint == "QUANTITY" else r2


def gain(near, matches, constraint):
    """For r1, then r2, once where equal. An entry with neither supplier nor saving is left out."""
    r1, r2 = relaxations(near, matches, constraint)
    entries = []
    if r1 is not None:
        entries.append(gain_entry(near, matches, constraint, r1))
    if r2 is not None and r2 != r1:
        second = gain_entry(near, matches, constraint, r2)
        if r1 is None or r2 < r1 or adds_to(second, entries[0]):
            entries.append(second)
    return [e for e in entries if e["suppliers_added"] or e["saving_ppm"]]


# ---- the answer ----


def ranked(matches):
    """Score descending, landed unit price, arrival, lot id by bytes."""
    return sorted(matches, key=lambda m: (-m["score"], m["unit_landed"], m["arrival"],
                                          m["lot"].encode()))


def nearest(near_misses):
    """Order: floor(excess x 10^6 / max(limit, 1)), then id; in that order ten of a line, passing
    over a constraint's fourth and further."""
    chosen, taken = [], dict.fromkeys(RELAXABLE, 0)
    for x in sorted(near_misses, key=lambda x: (x["excess"] * PPM // max(x["limit"], 1),
                                                x["lot"].encode())):
        if taken[x["constraint"]] < NEAR_MISSES_PER_CONSTRAINT and len(chosen) < NEAR_MISSES_MAX:
            taken[x["constraint"]] += 1
            chosen.append(x)
    return chosen


def shown(row, names):
    return {name: row[name] for name in names}


def evaluate(case, line):
    """Each line of a request is matched as if alone, over every lot: all matches and all near
    misses, before any cut."""
    matches, near_misses = [], []
    for lot in case["lots"]:
        if not all(fixed_constraints(case, line, lot).values()):
            continue
        offer = offer_of(case, line, lot)
        if not amount_within_limit(offer):
            continue
        failed = failures(case, line, offer)
        if not failed:
            matches.append(offer)
        elif len(failed) == 1:  # a near miss fails exactly one relaxable constraint
            (constraint, (excess, limit)), = failed.items()
            near_misses.append(dict(offer, constraint=constraint, excess=excess, limit=limit))
    return matches, near_misses


def answer_line(case, line):
    matches, near_misses = evaluate(case, line)
    gains = {}
    for constraint in RELAXABLE:
        near = [x for x in near_misses if x["constraint"] == constraint]
        entries = gain(near, matches, constraint) if near else []
        if entries:
            gains[constraint] = entries

    return {
        "matches": [dict(shown(m, ["lot", "t", "n", "unit_price", "unit_landed", "arrival", "km",
                                   "co2e_g", "score", "shares"]), notes=notes(case, line, m))
                    for m in ranked(matches)[:MATCHES_MAX]],
        "near_misses": [shown(x, ["lot", "t", "n", "constraint", "excess", "limit", "score"])
                        for x in nearest(near_misses)],
        "gains": gains,
    }


def out_of_range(case, line):
    """needed_by before today is OUT_OF_RANGE when asked; 730 days ahead at most."""
    ahead = 0 if line["needed_by"] is None else line["needed_by"] - case["today"]
    return not 0 <= ahead <= NEEDED_BY_DAYS_MAX


def answer(case):
    """One line out of range refuses the request."""
    lines = case["request"]["lines"]
    if any(out_of_range(case, line) for line in lines):
        return {"refused": "OUT_OF_RANGE"}
    return {"lines": [answer_line(case, line) for line in lines]}


def encode(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def check(path):
    """Compares with the stored answers; returns how many differ."""
    count = differ = 0
    with open(path, encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            row = json.loads(text)
            count += 1
            mine = answer(row["case"])
            if json.dumps(mine, sort_keys=True) != json.dumps(row["answer"], sort_keys=True):
                differ += 1
                print(f"{path}:{number}: stored {encode(row['answer'])}\n  oracle {encode(mine)}")
    print(f"{count} compared, {differ} differ")
    return differ


def main(arguments):
    if arguments[:1] == ["--check"] and len(arguments) == 2:
        return 1 if check(arguments[1]) else 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    for text in sys.stdin:
        print(encode(answer(json.loads(text)["case"])), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
