"""The sentences on the figures, in German and English, in one place."""

from __future__ import annotations

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.data.ring_rule import RINGS, is_reconstructed
from optkommunen.errors import OptkommunenError
from optkommunen.values import KEY

LANGUAGES: tuple[Lang, ...] = ("de", "en")

WORDS: dict[str, tuple[str, str]] = {
    "source": ("Quelle: {text}", "Source: {text}"),
    "own_calculation": ("eigene Berechnung", "own calculation"),
    "germany": ("Deutschland: {value}", "Germany: {value}"),
    # status
    "estimated": ("geschätzt", "estimated"),
    "missing": ("kein Wert", "no value"),
    "suppressed": ("gesperrt", "suppressed"),
    "unusable": ("unbrauchbar (veröffentlicht, Fehler bekannt)", "unusable (published, known fault)"),
    "absent": ("nicht in der Tabelle", "not in the table"),
    # maps
    "rings_title": ("Vergleichsringe der 69 Optionskommunen (rekonstruiert)",
                    "Comparison rings of the 69 Optionskommunen (reconstructed)"),
    "own_rings_title": ("Optionskommunen nach eigenen Ringen", "Optionskommunen by own rings"),
    "rings_subtitle": ("Gebietsstand der Zulassung (31.12.2005); Ziffer = Ring; in Klammern die Zahl der Kommunen",
                       "Areas as admitted (31 December 2005); numeral = ring; number of municipalities in brackets"),
    "rings_note": (
        "Die Ringe sind eine eigene Rekonstruktion nach der veröffentlichten Regel (Siedlungsstruktur, dann "
        "SGB-II-Quote). 11 veröffentlichte Zugehörigkeiten fallen zusammen wie veröffentlicht, 58 sind nicht "
        "überprüfbar; die Nummern sind nicht die veröffentlichten.",
        "The rings are an own reconstruction by the published rule (settlement type, then SGB II rate). The 11 "
        "published memberships fall together as published, 58 cannot be verified; the numbers are not the published "
        "ones.",
    ),
    "rings_source": (
        "Regel nach Kreis Coesfeld, SV-7-0669 (2007); BBSR, Umsteigeschlüssel und Raumordnungsregionen; INKAR; "
        "eigene Zuordnung",
        "rule after Kreis Coesfeld, SV-7-0669 (2007); BBSR, conversion keys and planning regions; INKAR; "
        "own assignment",
    ),
    "own_rings_source": ("eigene Zuordnung", "own assignment"),
    "R-I": ("Agglomeration, dicht besiedelt", "agglomeration, dense"),
    "R-II": ("Agglomeration, übrige, Quote unter 9", "agglomeration, other, rate below 9"),
    "R-III": ("Verstädtert, dicht, Quote unter 9", "urbanised, dense, rate below 9"),
    "R-IV": ("wie R-II und R-III, Quote ab 9", "as R-II and R-III, rate from 9"),
    "R-V": ("Übrige, Quote unter 6", "other, rate below 6"),
    "R-VI": ("Übrige, Quote 6 bis unter 9", "other, rate 6 to below 9"),
    "R-VII": ("Übrige, Quote ab 9", "other, rate from 9"),
    "rate_gloss": ("Quote: Personen in BG\nje 100 Einwohner 2008", "rate: persons in BG\nper 100 inhabitants, 2008"),
    "no_ring": ("in keinem Ring", "in no ring"),
    "approximate": ("Umriss angenähert\n(alte Grenze quer durch\nheutige Gemeinden)",
                    "outline approximate\n(old border crosses\ntoday's Gemeinden)"),
    "quantile": ("Klassen: Quantile", "Classes: quantiles"),
    "natural": ("Klassen: natürliche Brüche", "Classes: natural breaks"),
    "classes_gloss": ("kleinster bis größter Wert\n(Zahl der Kommunen)",
                      "lowest to highest value\n(number of municipalities)"),
    "named": (
        "Benannt sind die drei höchsten und die drei niedrigsten nicht geschätzten Werte.",
        "Named are the three highest and the three lowest values that are not estimated.",
    ),
    "successor": (
        "Geschätzt: Wert des heutigen, größeren Kreises oder auf einer Annahme beruhend; Grund in der Spalte note.",
        "Estimated: value of today's larger Kreis, or resting on an assumption; the reason stands in column note.",
    ),
    "distribution": ("Jede Kommune ein Punkt, der Größe nach", "Each municipality a point, in order of value"),
    "distribution_estimated": ("Jede Kommune ein Punkt, der Größe nach; hohl: geschätzt",
                               "Each municipality a point, in order; hollow: estimated"),
    "map_areas": ("Gebietsstand der Zulassung (31.12.2005)", "areas as admitted (31 December 2005)"),
    # development
    "all": ("alle Ringe", "all rings"),
    "index": ("Index, {base} = 100", "Index, {base} = 100"),
    "absolute": ("Summe in {unit}", "Sum in {unit}"),
    "change": ("am Ende jeder Linie die Veränderung der Summe {first}–{last}; n = Kommunen mit Wert",
               "at the end of each line the change of the sum {first}–{last}; n = municipalities with a value"),
    "n_estimated": ("{n} geschätzt", "{n} estimated"),
    "n_missing": ("{n} ohne Wert", "{n} without value"),
    "n_left_out": ("{n} weggelassen", "{n} left out"),
    "legend_sum": ("Summe des Rings", "sum of the ring"),
    "legend_sum_estimated": ("Summe mit geschätzten Werten", "sum that contains estimates"),
    "legend_unit": ("einzelne Kommune", "single municipality"),
    "legend_unit_estimated": ("einzelne Kommune, geschätzt", "single municipality, estimated"),
    "legend_all": ("alle Ringe zusammen", "all rings together"),
    "own_axis": ("eigene Achse", "own axis"),
    "restricted": (
        "Nur Kommunen mit Wert in allen gezeigten Jahren; {n} mit Lücken weggelassen: {names}.",
        "Only municipalities with a value in every year shown; {n} with gaps left out: {names}.",
    ),
    "without": ("In keinem Jahr mit Wert: {names}.", "Without a value in any year: {names}."),
    "breaks": (
        "Bei {n} Kommunen verzeichnet die Spalte note einen Bruch der Erfassung in mindestens einem Jahr.",
        "For {n} municipalities column note records a recording break in at least one year.",
    ),
    "reconstructed": (
        "Ringe: eigene Rekonstruktion nach der veröffentlichten Regel, nicht veröffentlicht.",
        "Rings: own reconstruction by the published rule, not published.",
    ),
    "rings_estimated": (
        "Ringe: geschätzte Zuordnung, nicht veröffentlicht.",
        "Rings: estimated assignment, not published.",
    ),
    # the five Grafiken of 2008
    "grafik_1": ("Entwicklung der Bedarfsgemeinschaften, {span}", "Development of the Bedarfsgemeinschaften, {span}"),
    "grafik_2": ("Entwicklung der erwerbsfähigen Hilfebedürftigen, {span}",
                 "Development of persons able to work and in need (eHb), {span}"),
    "grafik_3": ("Entwicklung der Beschäftigtenquote, {span}", "Development of the Beschäftigtenquote, {span}"),
    "grafik_4": ("Eingliederungsquote, {span}", "Eingliederungsquote (take-ups of work), {span}"),
    "grafik_5": ("Aktivierungsquote, {span}", "Aktivierungsquote (persons in measures), {span}"),
    "index_mean": ("Index, Mittel {base} = 100", "Index, mean of {base} = 100"),
    "change_percent": ("am Ende die Veränderung des Jahresmittels {first}–{last}",
                       "at the end the change of the yearly mean {first}–{last}"),
    "change_points": ("am Ende die Veränderung des Jahreswerts {first}–{last} in Prozentpunkten",
                      "at the end the change of the yearly value {first}–{last} in percentage points"),
    "legend_year": ("Jahreswert des Rings", "yearly value of the ring"),
    "returns_source": ("Meldungen der Kommunen; eigene Berechnung", "returns of the municipalities; own calculation"),
    "returns_of_file": ("Meldungen der Kommunen, {file}; eigene Berechnung",
                        "returns of the municipalities, {file}; own calculation"),
    "invented": ("Die Werte sind erfunden und gehören zu keinem wirklichen Ort.",
                 "The values are invented and belong to no real place."),
    "whose_invented": ("{n} erfundene Orte und Werte, {first} bis {last}; kein wirklicher Ort.",
                       "{n} invented places and values, {first} to {last}; no real place."),
    "whose_real": ("Meldungen von {n} Kommunen, {first} bis {last}.",
                   "Returns of {n} municipalities, {first} to {last}."),
    "own_form": (
        "Nach einer Grafik des Berichts über 2008, von der nur der Titel bekannt ist; Form und Werte sind nicht die "
        "des Berichts.",
        "After a figure of the report on 2008 of which only the title is known; form and values are not the report's.",
    ),
    "months_left_out": (
        "Ohne Wert in einem der Monate oder ohne Ausgangswert, weggelassen: {names}.",
        "Without a value in one of the months, or without a base value, and left out: {names}.",
    ),
    "bars_subtitle": ("{axis}; Balken: {year}, Linie: {level}-%-Intervall",
                      "{axis}; bar: {year}, line: {level}% interval"),
    "bars_subtitle_plain": ("{axis}; Balken: {year}", "{axis}; bar: {year}"),
    "since": ("seit {year}", "since {year}"),
    "ring_value": ("Wert des Rings", "value of the ring"),
    "all_value": ("Wert aller Ringe zusammen", "value of all rings together"),
    "ring_short": ("Ring", "ring"),
    "all_short": ("alle", "all"),
    "rings_compared": ("Die Ringe", "The rings"),
    "superpopulation": (
        "Das Intervall sagt, wie weit der Wert unter gleichen Bedingungen zufällig abweichen könnte, nach Poisson "
        "(Anteile: Wilson) allein; von Jahr zu Jahr schwanken Werte stärker. Gezählt sind alle, gezogen ist keine "
        "Stichprobe. Sich überschneidende Intervalle sind kein Test.",
        "The interval says how far the value could move by chance under the same conditions, by Poisson (shares: "
        "Wilson) alone; from year to year values move more. All are counted, no sample is drawn. Overlapping intervals "
        "are not a test.",
    ),
    "estimated_bar": (
        "Schraffiert: geschätzt nach eigener Angabe der Meldung.",
        "Hatched: estimated, as the return itself says.",
    ),
    "whose_one": (
        "Meldungen einer Kommune, {first} bis {last}.",
        "Returns of one municipality, {first} to {last}.",
    ),
    # who and what is not there
    "ring_reports": ("{ring} {n} von {of}", "{ring} {n} of {of}"),
    "ring_named": ("{ring} ({n} von {of})", "{ring} ({n} of {of})"),
    "members_report": ("Nicht alle Mitglieder melden: {rings} (Zugehörigkeit: {basis}).",
                       "Not all members report: {rings} (membership: {basis})."),
    "members_reconstructed": ("eigene Rekonstruktion", "own reconstruction"),
    "members_bundled": ("wie bei den mitgelieferten Musterkommunen", "as in the bundled Musterkommunen"),
    "members_units": ("wie in der Tabelle units der Meldungen", "as in the table units of the returns"),
    "without_value": ("Ohne Wert und daher weggelassen: {what}.", "Left out, since nobody has a value: {what}."),
    "nobody_reports": ("Niemand meldet: {what}.", "Nobody reports: {what}."),
    "part_year": (
        "{year} umfasst nur {n} Monate.",
        "{year} has {n} months only.",
    ),
    "dashed": (
        "Gestrichelt: geschätzt.",
        "Dashed: estimated.",
    ),
    "bars_change": ("; rechts: Veränderung seit {first}", "; right: change since {first}"),
    "bars_change_points": (
        "; rechts: Veränderung seit {first} in Prozentpunkten",
        "; right: change since {first} in percentage points",
    ),
    "not_in_change": (
        "Ohne Wert {first} oder {last}, deshalb nicht in der Veränderung von Ring und allen: {names}.",
        "Without a value in {first} or {last}, so not in the change of ring and all: {names}.",
    ),
    "months_missing": (
        "Schraffiert: Monate fehlen, der Wert steht für das Jahr.",
        "Hatched: months are missing, the value stands for the year.",
    ),
    "not_reported": (
        "Nicht gemeldet: {columns}.",
        "Not reported: {columns}.",
    ),
    "nobody_complete": (
        "Keine Kommune hat in jedem der Monate einen Wert.",
        "No municipality has a value in every month.",
    ),
    # comparison
    "areas_title": ("Werte und ihr Vergleich", "Values and how they compare"),
    "areas_subtitle": ("Linie: {level}-%-Intervall ({within}); Strich: {reference}",
                       "Line: {level}% interval ({within}); tick: {reference}"),
    "areas_transient": ("Zufall und Schwankung zwischen Jahren", "chance and change between years"),
    "areas_chance": ("Zufall allein", "chance alone"),
    "areas_note": ("Besser oder schlechter: sicher auch mit dem Fehler, den der Vergleichswert selbst hat.",
                   "Better or worse: sure even with the error that the reference itself has."),
    "reference_mark": ("Vergleichswert", "reference"),
    "reference_rest": ("übriger Ring (Summe durch Summe)", "rest of the ring (sum over sum)"),
    "reference_median": ("Median des Rings", "median of the ring"),
    "reference_all": ("alle zusammen", "all together"),
    "reference_peers": ("gewählte Vergleichskommunen", "chosen peers"),
    "label_better": ("besser", "better"),
    "label_similar": ("ähnlich", "similar"),
    "label_worse": ("schlechter", "worse"),
    "label_higher": ("höher", "higher"),
    "label_lower": ("niedriger", "lower"),
    "label_not assessed": ("nicht beurteilt", "not assessed"),
    "ranks_title": ("Ränge und wie sicher sie sind", "Ranks and how sure they are"),
    "ranks_subtitle": ("Ringe: geschätzter Rang; Linien: mit den Daten vereinbare Ränge ({level} %)",
                       "Circles: estimated rank; lines: ranks compatible with the data ({level}%)"),
    "ranks_note": (
        "Fett: für die Frage einer einzelnen Kommune; hell: für die ganze Tabelle zugleich (Mogstad, Romano, Shaikh, "
        "Wilhelm).",
        "Bold: for the question of a single municipality; pale: for the whole table at once (Mogstad, Romano, Shaikh, "
        "Wilhelm).",
    ),
    "rank_axis": ("Rang (1 = bester)", "rank (1 = best)"),
    "rank_marginal": ("einzelne Kommune", "single municipality"),
    "rank_simultaneous": ("ganze Tabelle", "whole table"),
    "funnel_title": ("Wer ist ungewöhnlich, gemessen an der Größe?", "Who is unusual, given size?"),
    "funnel_subtitle": ("Mitte {theta}; Streuung φ = {phi}; wahre Streuung zwischen Kommunen τ = {tau}",
                        "Centre {theta}; dispersion φ = {phi}; true spread between municipalities τ = {tau}"),
    "funnel_note": (
        "Die Grenzen sagen, wo ein neuer Wert einer Kommune dieser Größe läge; sie sind kein Konfidenzintervall der "
        "Kommune. φ und τ sind über alle geschätzt, nicht im Ring.",
        "The limits say where a new value of a municipality of that size would lie; they are no confidence interval of "
        "the municipality. φ and τ are taken over all, not within a ring.",
    ),
    "funnel_counts": (
        "{level}: außerhalb {additive} (bei Zufall allein {naive}){without}.",
        "{level}: outside {additive} (by chance alone {naive}){without}.",
    ),
    "funnel_without": ("; ohne wahre Ausreißer lägen im Mittel {rate} außerhalb",
                       "; without true outliers {rate} would lie outside on average"),
    "funnel_few": ("Weniger als {n} Kommunen: φ und τ sind hier unsicher.",
                   "Fewer than {n} municipalities: φ and τ are uncertain here."),
    "funnel_additive": ("Grenzen", "limits"),
    "funnel_naive": ("Grenzen bei Zufall allein", "limits by chance alone"),
    "flag_inside": ("innerhalb", "inside"),
    "flag_between": ("nur außerhalb {level}", "outside {level} only"),
    "flag_high": ("oberhalb", "above"),
    "flag_low": ("unterhalb", "below"),
    "rug_title": ("Alle Kommunen, alle Kennzahlen", "All municipalities, all indicators"),
    "rug_subtitle": ("Jede Kommune gegen den übrigen Ring", "Each municipality against the rest of its ring"),
    "profile_title": ("Profil: {name}", "Profile: {name}"),
    "profile_subtitle": ("im Ring von {n}; jede Zeile vom kleinsten zum größten Wert des Rings",
                         "in its ring of {n}; each row from the lowest to the highest value of the ring"),
    "middle_half": ("mittlere Hälfte des Rings", "middle half of the ring"),
    "ring_median": ("Median des Rings", "median of the ring"),
    "no_range": ("keine Spanne", "no range"),
    "comparators_title": ("{name} gegen Ring und Nachbarn", "{name} against ring and neighbours"),
    "comparators_subtitle": (
        "Punkte: Vergleichskommunen (blau: in mehreren Gruppen); Fläche: mittlere Hälfte; Strich: Median",
        "Points: comparators (blue: in several groups); area: middle half; tick: median",
    ),
    # services
    "services_title": ("Kommunal flankierende Leistungen, {period}",
                       "Social services (kommunal flankierende Leistungen), {period}"),
    "point_value": ("Punkt: Wert; Raute: alle zusammen", "point: value; diamond: all together"),
    "point_only": ("Punkt: Wert", "point: value"),
    "line_interval": ("Linie: {level}-%-Intervall", "line: {level}% interval"),
    "line_bounds": ("Linie: Schranken, wer auch immer nicht erfasst ist", "line: bounds, whoever is not recorded"),
    "line_range": ("Linie: kürzeste bis längste Wartezeit der Mitglieder",
                   "line: shortest to longest waiting time of the members"),
    "dotted_all": ("gepunktet: alle", "dotted: all"),
    "own_axes": ("eigene Achse je Leistung", "own axis for each service"),
    "hollow_estimated": ("Hohl: geschätzt.", "Hollow: estimated."),
    # need and provision
    "scatter_title": ("Bedarf und Angebot", "Need and provision"),
    "scatter_subtitle": ("Jede Kommune ein Punkt; Form und Farbe: Gruppe",
                         "Each municipality a point; shape and colour: group"),
    "outliers": (
        "Benannt: wer mehr als das 1,5-fache des Quartilsabstands außerhalb der mittleren Hälfte seiner Gruppe liegt, "
        "höchstens {n} je Feld.",
        "Named: who lies more than 1.5 interquartile ranges outside the middle half of its group, at most {n} a panel.",
    ),
    "points_missing": ("Ohne Wert und nicht gezeigt: {names}.", "Without a value and not shown: {names}."),
    # development of a quota
    "legend_median": ("Median der Gruppe", "median of the group"),
    "median": ("Median", "median"),
    "quota_subtitle": ("Jede Linie eine Kommune; {base}", "Each line a municipality; {base}"),
    "periods_left_out": ("{label}: ohne Wert in einem der Jahre und weggelassen: {names}.",
                         "{label}: without a value in one of the years and left out: {names}."),
    "no_sum": ("Der Median zählt jede Kommune gleich; er ist nicht die Quote der Gruppe.",
               "The median counts each municipality alike; it is not the quota of the group."),
    # models
    "coefficient": ("Koeffizient", "coefficient"),
    "models_title": ("Koeffizienten je Modell", "Coefficients by model"),
    "outcome": ("Zielgröße: {name}", "Outcome: {name}"),
    "interval": ("Punkt: Schätzwert; Linie: {level}-%-Intervall", "Point: estimate; line: {level}% interval"),
    "intervals": ("Punkt: Schätzwert; Linie: Intervall, Niveau je Zeile",
                  "Point: estimate; line: interval, level by row"),
    "no_interval": ("hohl: ohne Intervall", "hollow: no interval"),
    "mde": ("kleinster nachweisbarer Effekt (±)", "smallest detectable effect (±)"),
    "worst_estimated": ("In die Schätzung gehen auch geschätzte Werte ein.", "Estimated values enter the regression."),
    "worst_synthetic": ("Synthetische Werte: erfundene Musterkommunen.", "Synthetic values: invented Musterkommunen."),
    "not_in_model": ("nicht im Modell", "not in the model"),
    "curve_title": ("Kurve aller Spezifikationen", "Curve of all specifications"),
    "curve_subtitle": ("{n} lineare Modelle, nach der Größe des Koeffizienten; senkrecht: 95-%-Intervall (HC3)",
                       "{n} linear models, by size of the coefficient; vertical: 95% interval (HC3)"),
    "curve_note": ("Unten: dunkel, wo die Wahl gilt. Die Kurve beschreibt und ist kein Test.",
                   "Below: dark where the choice holds. The curve describes and is no test."),
    "curve_significant": ("p < 0,05", "p < .05"),
    "curve_other": ("p ≥ 0,05", "p ≥ .05"),
    "curve_main": ("Hauptspezifikation", "main specification"),
    "curve_median": ("Median {value}", "median {value}"),
    "unweighted": ("ungewichtet", "unweighted"),
    "weighted": ("gewichtet mit {by}", "weighted by {by}"),
    "influence_title": ("Koeffizient ohne je eine Kommune", "Coefficient without each municipality"),
    "influence_subtitle": ("Linie: mit allen; Punkt: ohne diese Kommune; Größe des Punkts: ihre Hebelwirkung",
                           "Line: with all; point: without this municipality; size of the point: its leverage"),
    "influence_note": ("Benannt sind die Kommunen, ohne die sich der Koeffizient am meisten ändert.",
                       "Named are the municipalities without which the coefficient changes most."),
    "influence_axis": ("{n} Kommunen, nach der Größe des Koeffizienten ohne sie",
                       "{n} municipalities, by size of the coefficient without them"),
    "not_fitted": ("nicht gerechnet", "not fitted"),
}  # fmt: skip


def say(key: str, lang: Lang = "de", **fields: object) -> str:
    """Words of a figure in the language asked for.

    Raises
    ------
    OptkommunenError
        If the language is neither ``de`` nor ``en``.

    Examples
    --------
    >>> say("germany", "en", value="17.7 %"), say("germany", value="17,7 %")
    ('Germany: 17.7 %', 'Deutschland: 17,7 %')
    """
    require_language(lang)
    return WORDS[key][LANGUAGES.index(lang)].format(**fields)


def ring_note(table: pd.DataFrame, lang: Lang = "de") -> str:
    """What to say of the rings that a table compares or sums up within; empty where they are known.

    Parameters
    ----------
    table : with ``ring`` and ``ring_status`` where it holds them, as `comparison.position.compare` and the indicators
        give them; ``kommune`` and ``ring`` show our reconstruction even where the status got lost.

    Examples
    --------
    >>> table = pd.DataFrame({"kommune": ["06438"], "ring": ["R-I"], "ring_status": ["estimated"]})
    >>> ring_note(table, "en")
    'Rings: own reconstruction by the published rule, not published.'
    >>> ring_note(table.assign(ring="mine"), "en")
    'Rings: estimated assignment, not published.'
    """
    estimated = "ring_status" in table.columns and bool(table["ring_status"].eq("estimated").any())
    if "ring" not in table.columns:
        return ""
    if KEY in table.columns:
        reconstructed = bool(is_reconstructed(table).any())
    else:
        reconstructed = estimated and set(table.loc[table["ring_status"].eq("estimated"), "ring"]) <= set(RINGS)
    return say("reconstructed", lang) if reconstructed else say("rings_estimated", lang) if estimated else ""


def require_language(lang: str) -> None:
    """Refuse a language that the figures do not speak."""
    if lang not in LANGUAGES:
        message = f"Figures speak {' or '.join(map(repr, LANGUAGES))}; found {lang!r}. Give one of them as `lang`."
        raise OptkommunenError(message)


def returns_source(file: str, lang: Lang = "de") -> str:
    """Source of a figure on returns, with the file where it is known.

    Examples
    --------
    >>> returns_source("mine.xlsx (sha256 0a1b2c3d4e5f)", "en")
    'returns of the municipalities, mine.xlsx (sha256 0a1b2c3d4e5f); own calculation'
    """
    return say("returns_of_file", lang, file=file) if file else say("returns_source", lang)
