"""What a set of cases meets: how often each edge of the rules of matching decides something.

A comparison says nothing about a rule that no case touches, so generate.py --summary counts these
and fails where one is never met.
"""

import collections

import oracle

FIXED = ["LISTED", "CATEGORY", "UNIT", "CURRENCY", "BODY", "GLAZE", "BUYER", "EXCLUDED", "SOLD_OUT"]
CAPPED = ["DATE", "PRICE", "CO2E", "DISTANCE"]

EDGES = (
    ["refused: needed_by before today", "refused: needed_by beyond 730 days",
     "refused: one line of several", "answered: needed_by today", "answered: needed_by in 730 days"]
    + [f"fixed: only {name} fails" for name in FIXED + ["AMOUNT"]]
    + [f"near miss: {name}" for name in oracle.RELAXABLE]
    + [f"near miss by one: {name}" for name in oracle.RELAXABLE]
    + [f"near miss at limit 0: {name}" for name in CAPPED]
    + ["near miss: score above 0", "fails two", "fails QUANTITY where t > most"]
    + [f"match at its limit: {name}" for name in oracle.RELAXABLE]
    + ["match at its limit: stock and minimum", "match at its limit: amount"]
    + ["n: WHOLE, t", "n: SPLIT, t", "n: SPLIT, stock", "t: WHOLE, minimum", "t: SPLIT, minimum",
       "t: SPLIT, cut by most", "t: SPLIT, below q"]
    + ["mode: road at home", "mode: road over a border", "mode: sea", "mode: air, over 500 km",
       "mode: air, no road", "mode: air asked, road at 500 km", "mode: air asked, road below"]
    + ["km: 0", "km: over 20,000"]
    + ["price scale: cap", "price scale: target", "price scale: own reference",
       "price scale: reference above", "price scale: none", "price scale: 0"]
    + ["co2e scale: cap", "co2e scale: own reference", "co2e scale: reference above",
       "co2e scale: none", "co2e scale: 0", "time scale: needed_by", "time scale: 60 days",
       "distance scale: cap", "distance scale: none", "distance scale: none, over 2,000 km"]
    + ["co2e: stated", "co2e: default of the body", "co2e: default of no body",
       "co2e: default of an unlisted body", "co2e: pack", "co2e: no pack"]
    + [f"note: {name}" for name in
       ["CO2E_DEFAULT", "FREIGHT_BY_BUYER", "PRICE_NOT_SCORED", "PREFERRED", "CHEAPER_AT"]]
    + ["cheaper: the whole stock", "cheaper: rounded up to a multiple",
       "cheaper: not the next tier", "cheaper: two tiers in one multiple",
       "cheaper: but beyond the stock", "cheaper: equal amount"]
    + [f"order decided by {what}" for what in
       ["score", "unit price", "arrival", "id", "id, bytes against numbers"]]
    + ["matches: none", "matches: more than ten"]
    + ["near misses: none", "near misses: more than ten to show",
       "near misses: a fourth passed over",
       "near misses: order decided by id", "near misses: order differs from that of excess"]
    + [f"gain: {name}" for name in oracle.RELAXABLE]
    + ["gain: r1 = r2", "gain: no r1", "gain: r2 < r1, both", "gain: r2 > r1, more suppliers",
       "gain: r2 > r1, more saved", "gain: r2 > r1, nothing matches, lower",
       "gain: r2 > r1, left out", "gain: r2 alone left out", "gain: nothing matches",
       "gain: QUANTITY is cheaper",
       "gain: more lots than suppliers", "gain: best is 0"]
)


class Census:
    def __init__(self):
        self.counts = dict.fromkeys(EDGES, 0)

    def met(self, edge, condition=True):
        self.counts[edge] += bool(condition)  # an unlisted edge is a KeyError

    def case(self, case):
        lines = case["request"]["lines"]
        days = [line["needed_by"] for line in lines if line["needed_by"] is not None]
        ahead = [day - case["today"] for day in days]
        outside = [days for days in ahead if not 0 <= days <= oracle.NEEDED_BY_DAYS_MAX]
        if outside:
            self.met("refused: needed_by before today", min(outside) < 0)
            self.met("refused: needed_by beyond 730 days", max(outside) > 0)
            self.met("refused: one line of several", len(outside) == 1 < len(lines))
            return
        self.met("answered: needed_by today", 0 in ahead)
        self.met("answered: needed_by in 730 days", oracle.NEEDED_BY_DAYS_MAX in ahead)
        for line in lines:
            for lot in case["lots"]:
                self.lot(case, line, lot)
            matches, near_misses = oracle.evaluate(case, line)
            self.scales(case, line)
            self.order(oracle.ranked(matches))
            self.near_order(near_misses)
            for name in oracle.RELAXABLE:
                near = [x for x in near_misses if x["constraint"] == name]
                if near:
                    self.gain(near, matches, name)

    def lot(self, case, line, lot):
        failed = [name for name, ok in oracle.fixed_constraints(case, line, lot).items() if not ok]
        if failed == ["SOLD_OUT"]:
            self.met("fixed: only SOLD_OUT fails")
        if "SOLD_OUT" in failed or len(failed) > 1:
            return
        offer = oracle.offer_of(case, line, lot)
        relaxable = oracle.failures(case, line, offer)
        if failed:
            self.met(f"fixed: only {failed[0]} fails", len(relaxable) <= 1)
        elif not oracle.amount_within_limit(offer):
            self.met("fixed: only AMOUNT fails", len(relaxable) <= 1)
        elif len(relaxable) > 1:
            self.met("fails two")
            self.met("fails QUANTITY where t > most",
                     "QUANTITY" in relaxable and offer["t"] > oracle.most(line))
        else:
            self.quantity(case, line, offer)
            self.way(case, offer)
            self.footprint(case, offer)
            if relaxable:
                self.near_miss(offer, relaxable)
            else:
                self.match(case, line, offer)

    def near_miss(self, offer, failed):
        (name, (excess, limit)), = failed.items()
        self.met(f"near miss: {name}")
        self.met(f"near miss by one: {name}", excess == 1)
        self.met("near miss: score above 0", offer["score"] > 0)
        if limit == 0:
            self.met(f"near miss at limit 0: {name}")

    def match(self, case, line, offer):
        lot = offer["lot_row"]
        at_limit = {
            "QUANTITY": case["request"]["split"] == "WHOLE"
                        and line["quantity"] == oracle.stock(lot),
            "MINIMUM": offer["t"] == oracle.most(line),
            "DATE": offer["arrival"] == line["needed_by"],
            "PRICE": offer["unit_landed"] == line["price_cap"],
            "CO2E": offer["co2e_g"] == line["co2e_cap"],
            "DISTANCE": offer["km"] == line["distance_cap"],
            "GRADE": lot["grade"] == line["worst_grade"],
            "VILLAGE": line["village"] is not None,
            "stock and minimum": oracle.stock(lot) == lot["min_order"],
            "amount": oracle.landed_amount(lot, offer["n"]) == oracle.AMOUNT_MAX,
        }
        for name, condition in at_limit.items():
            self.met(f"match at its limit: {name}", condition)
        for note in oracle.notes(case, line, offer):
            self.met(f"note: {note[0]}")
        self.cheaper(lot, offer["n"])

    def quantity(self, case, line, offer):
        lot, split, t = offer["lot_row"], case["request"]["split"], offer["t"]
        self.met(f"t: {split}, minimum", t == lot["min_order"] > line["quantity"])
        if offer["n"] == t:
            self.met(f"n: {split}, t")
        elif split == "SPLIT":  # WHOLE: QUANTITY fails, or the minimum is what is there
            self.met("n: SPLIT, stock")
        if split == "SPLIT":
            self.met("t: SPLIT, cut by most", t < oracle.target_quantity("WHOLE", line, lot))
            self.met("t: SPLIT, below q", t < line["quantity"])

    def way(self, case, offer):
        source = case["places"][offer["lot_row"]["ship_from"]]
        target = case["places"][case["request"]["deliver_to"]]
        km, asked = offer["km"], case["request"]["air"]
        mode = oracle.transport_mode(case, source, target, km)
        road = oracle.by_road(case, source, target)
        home = source["country"] == target["country"]
        self.met("mode: road at home", mode == "road" and home)
        self.met("mode: road over a border", mode == "road" and not home)
        self.met("mode: sea", mode == "sea")
        self.met("mode: air, over 500 km", mode == "air" and road)
        self.met("mode: air, no road", mode == "air" and not road and km <= oracle.AIR_BEYOND_KM)
        self.met("mode: air asked, road at 500 km", asked and road and km == oracle.AIR_BEYOND_KM)
        self.met("mode: air asked, road below", asked and road and km < oracle.AIR_BEYOND_KM)
        self.met("km: 0", km == 0)
        self.met("km: over 20,000", km > 20000)

    def footprint(self, case, offer):
        lot, by_body = offer["lot_row"], case["factors"]["default_production_g_per_kg"]
        if lot["firing"] is not None:
            self.met("co2e: stated")
        elif lot["body"] is None:
            self.met("co2e: default of no body")
        elif lot["body"] in by_body:
            self.met("co2e: default of the body")
        else:
            self.met("co2e: default of an unlisted body")
        self.met("co2e: pack" if lot["pack"] else "co2e: no pack")

    def scales(self, case, line):
        own, currency = case["categories"][line["category"]], case["request"]["currency"]
        scale = oracle.price_scale(case, line)
        self.met("price scale: 0", scale == 0)
        if line["price_cap"] is not None:
            self.met("price scale: cap")
        elif line["target_price"] is not None:
            self.met("price scale: target")
        elif currency in own["ref_price"]:
            self.met("price scale: own reference")
        else:
            self.met("price scale: none" if scale is None else "price scale: reference above")

        figure = oracle.reference(case, line["category"], lambda row: row["ref_co2e_g"])
        self.met("co2e scale: 0", line["co2e_cap"] is None and figure == 0)
        if line["co2e_cap"] is not None:
            self.met("co2e scale: cap")
        elif own["ref_co2e_g"] is not None:
            self.met("co2e scale: own reference")
        else:
            self.met("co2e scale: none" if figure is None else "co2e scale: reference above")

        self.met("time scale: 60 days" if line["needed_by"] is None else "time scale: needed_by")
        self.met("distance scale: none" if line["distance_cap"] is None else "distance scale: cap")

    def cheaper(self, lot, n):
        m, amount = lot["order_multiple"], oracle.landed_amount(lot, n)
        found = oracle.cheaper_at(lot, n)
        higher = [start for start, _ in lot["tiers"] if start > n]
        rounded = [-(-start // m) * m for start in higher]
        if found is not None:
            self.met("cheaper: the whole stock", found == oracle.stock(lot))
            self.met("cheaper: rounded up to a multiple", found not in higher)
            self.met("cheaper: not the next tier", found != rounded[0])
            self.met("cheaper: two tiers in one multiple", rounded.count(found) > 1)
        reachable = [q for q in rounded if q <= oracle.stock(lot)]
        self.met("cheaper: but beyond the stock", found is None and any(
            oracle.landed_amount(lot, q) < amount for q in rounded))
        self.met("cheaper: equal amount", any(
            oracle.landed_amount(lot, q) == amount > 0 for q in reachable))

    def order(self, matches):
        self.met("matches: none", not matches)
        self.met("matches: more than ten", len(matches) > oracle.MATCHES_MAX)
        for a, b in zip(matches, matches[1:oracle.MATCHES_MAX + 1]):
            if a["score"] != b["score"]:
                self.met("order decided by score")
            elif a["unit_landed"] != b["unit_landed"]:
                self.met("order decided by unit price")
            elif a["arrival"] != b["arrival"]:
                self.met("order decided by arrival")
            else:
                self.met("order decided by id")
                self.met("order decided by id, bytes against numbers",
                         int(a["lot"][1:]) > int(b["lot"][1:]))
        for x in matches:
            self.met("distance scale: none, over 2,000 km",
                     x["km"] > 2000 and x["shares"]["distance"])

    def near_order(self, near_misses):
        per_constraint = collections.Counter(x["constraint"] for x in near_misses)
        shown = oracle.nearest(near_misses)
        by_excess = [x["lot"] for x in sorted(near_misses, key=lambda x: (x["excess"], x["lot"]))]
        self.met("near misses: none", not near_misses)
        self.met("near misses: a fourth passed over", max(per_constraint.values(), default=0) > 3)
        self.met("near misses: more than ten to show", sum(
            min(count, oracle.NEAR_MISSES_PER_CONSTRAINT) for count in per_constraint.values()
        ) > oracle.NEAR_MISSES_MAX)
        self.met("near misses: order decided by id", any(
            a["excess"] * b["limit"] == b["excess"] * a["limit"] for a, b in zip(shown, shown[1:])))
        self.met("near misses: order differs from that of excess",
                 len(near_misses) <= 3 and [x["lot"] for x in shown] != by_excess)

    def gain(self, near, matches, constraint):
        r1, r2 = oracle.relaxations(near, matches, constraint)
        entries = oracle.gain(near, matches, constraint)
        matched = {x["lot_row"]["seller"] for x in matches}
        best = min((x["unit_landed"] for x in matches), default=None)
        self.met(f"gain: {constraint}", entries)
        self.met("gain: nothing matches", not matches)
        self.met("gain: best is 0", best == 0)
        self.met("gain: QUANTITY is cheaper", constraint == "QUANTITY" and matches
                 and min(x["unit_landed"] for x in near) < best)
        gained = [x["lot_row"]["seller"] for x in near if r1 is not None and x["excess"] <= r1]
        added = [seller for seller in gained if seller not in matched]
        self.met("gain: more lots than suppliers", len(added) > len(set(added)))
        if r2 is None:
            return
        self.met("gain: no r1", r1 is None and entries)
        self.met("gain: r2 alone left out", r1 is None and not entries)
        if r1 is None or r1 == r2:
            self.met("gain: r1 = r2", r1 == r2)
        elif r2 < r1:
            self.met("gain: r2 < r1, both", len(entries) == 2)
        elif len(entries) < 2:
            self.met("gain: r2 > r1, left out")
        else:
            more = entries[1]["suppliers_added"] > entries[0]["suppliers_added"]
            self.met("gain: r2 > r1, more suppliers", more)
            self.met("gain: r2 > r1, more saved", not more and matches)
            self.met("gain: r2 > r1, nothing matches, lower", not more and not matches)


def report(cases):
    """Prints how often each edge is met; returns 1 if one is not."""
    census, count = Census(), 0
    for case in cases:
        census.case(case)
        count += 1
    for edge, times in census.counts.items():
        print(f"{times:9}  {edge}")
    missed = [edge for edge, times in census.counts.items() if times == 0]
    print(f"{count} cases, {len(EDGES)} edges, {len(missed)} never met" + "".join(
        f"\n  {edge}" for edge in missed))
    return 1 if missed else 0
