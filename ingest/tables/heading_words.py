"""The words of headings, in Czech, English and German, without accents, case and punctuation (see headings.normal)."""

from __future__ import annotations

ROLES: dict[str, str] = {
    "time": """cas a datum|datum a cas|datum cas|casova znacka|casove razitko|okamzik|cas odectu|cas mereni
        |datum a cas odectu|datum a cas mereni|timestamp|time stamp|datetime|date time|date and time|reading time
        |zeitstempel|datum uhrzeit|datum zeit|zeitpunkt|messzeitpunkt|ablesezeitpunkt|ts|utc|time utc|datum utc
        |cas utc|iso time|mereno|received at""",
    "date": """datum|den|datum odectu|datum mereni|odecet dne|odecteno dne|datum odectu vodomeru|date|day|reading date
        |date of reading|read on|tag|ablesedatum|datum ablesung|messdatum""",
    "clock": "cas|hodina|hod|time|hour|clock|uhrzeit|zeit|stunde|cas od|cas do|time from|time to|zeit von|zeit bis",
    "device": """vodomer|vodomer c|vodomer cislo|cislo vodomeru|c vodomeru|vyrobni cislo|vyr cislo|vyrobni c
        |vyr c|v c|vyrobni cislo vodomeru
        |vyr cislo vodomeru|vyrobni cislo meridla|cislo meridla|meridlo|id meridla|id vodomeru|seriove cislo|ser cislo
        |zarizeni|id zarizeni|cislo zarizeni|kod zarizeni|cidlo|snimac|senzor|radiomodul|adresa modulu|radiova adresa
        |serial|serial number|serial no|s n|sn|device|device id|device name|meter|meter id|meter no|meter number
        |meter serial|meter serial number|deveui|dev eui|sensor|sensor id|logger|logger id|station|station id|stanice
        |id stanice|zahler|zahlernummer|zahlernr|zahler nr|zaehler|zaehlernummer|zaehlernr|zaehler nr|gerat|geraet
        |geratenummer|seriennummer|messgerat|wasserzahler|sonda|eui""",
    "point": """odberne misto|om|cislo om|cislo odberneho mista|c om|id om|kod om|evidencni cislo om|merne misto
        |kod merneho mista|cislo merneho mista|merny bod|misto mereni|misto odberu|point|metering point
        |measuring point
        |supply point|delivery point|pod|verbrauchsstelle|messstelle|abnahmestelle|entnahmestelle|zahlpunkt""",
    "quantity": """velicina|merena velicina|parametr|quantity|parameter|variable|promenna|signal|field|measurement
        |messgrosse|messgroesse|grosse|groesse|typ mereni|druh mereni|typ hodnoty|metric""",
    "unit": "jednotka|merna jednotka|jednotky|jedn|mj|m j|unit|units|uom|einheit|me",
    "value": "hodnota|namerena hodnota|merena hodnota|value|reading|wert|messwert|val",
    "quality": """kvalita|kvalita dat|kvalita hodnoty|stav hodnoty|stav dat|validita|platnost hodnoty|quality|status
        |data quality|qualitat|qualitaet|gute|statuskod""",
    "reader": """odecetl|odecital|odectar|ctenar|provedl|provedl odecet|pracovnik|technik|reader|read by|operator
        |ableser|abgelesen von|ablesung durch|jmeno odectare""",
    "from": """od|datum od|obdobi od|platnost od|plati od|zacatek|zacatek obdobi|odber od|osazeno|osazen|datum osazeni
        |montaz|datum montaze|montovano|namontovano|instalovano|datum instalace|from|start|start date|valid from
        |period from|installed|installed on|installation date|von|beginn|einbau|einbaudatum|zeitraum von""",
    "to": """do|datum do|obdobi do|platnost do|plati do|konec|konec obdobi|odber do|demontaz|datum demontaze
        |demontovano|to|end|end date|until|valid to|period to|removed|removed on|bis|ende|ausbau|ausbaudatum
        |zeitraum bis""",
    "period": """""obdobi|mesic|fakturacni obdobi|zuctovaci obdobi|period|month|billing period|monat|zeitraum
        |abrechnungsmonat"""
    "",
    "year": "rok|year|jahr",
    "zone": "okrsek|merny okrsek|kod okrsku|zona|zone|dma|district|messzone|messbezirk|zonenname|nazev okrsku",
    "municipality": "obec|mesto|nazev obce|kod obce|municipality|town|city|gemeinde|stadt|ort",
    "class": """kategorie|kategorie odberatele|kategorie odberu|trida|druh odberu|typ odberu|typ odberatele
        |skupina odberatelu|odberatel|sektor|class|customer class|category|customer category|kundengruppe
        |kategorie kunde
        |verbrauchergruppe|kundenart""",
    "volume": """fakturovany objem|fakturovane mnozstvi|fakturovano|fakturovana voda|voda fakturovana|vodne
        |vodne objem
        |vyfakturovano|mnozstvi|objem|odber|billed volume|billed|invoiced volume|volume|amount|quantity billed
        |abgerechnete menge|abgerechnet|menge|volumen""",
    "method": "zpusob|zpusob stanoveni|zpusob zjisteni|metoda|puvod|method|ermittlung|methode",
}

ATTRIBUTES: dict[str, str] = {
    "kind": "druh|druh zarizeni|druh meridla|kind|device kind|art|gerateart",
    "type": """typ|typ vodomeru|typ meridla|typ zarizeni|model|vyrobce a typ|type|meter type|device type|bauart
        |typbezeichnung""",
    "dn_mm": "dn|dn vodomeru|svetlost|jmenovita svetlost|prumer|dimenze|nominal diameter|nennweite",
    "q3_m3h": "q3|trvaly prutok|trvaly prutok q3|permanent flow|dauerdurchfluss",
    "ratio_r": "r|pomer r|rozsah r|ratio|ratio r|q3 q1|messbereich r",
    "register_kind": "druh pocitadla|register kind",
    "register_digits": "pocet mist|pocet mist pocitadla|pocet cislic|mist pocitadla|register digits|digits|stellen",
    "litres_per_pulse": """litru na impuls|l imp|l na impuls|impulzni cislo|vaha impulzu|litres per pulse
        |l pulse|l impuls""",
    "multiplier": "nasobitel|nasobek|konstanta|multiplier|faktor",
    "mounting_height_m": "vyska osazeni|mounting height",
    "verified_until": """overeni do|platnost overeni|platnost overeni do|overen do|cejch do|konec platnosti overeni
        |verified until|verification until|eichung bis|geeicht bis|eichgultig bis""",
    "first_index_m3": """pocatecni stav|stav pri montazi|stav pri osazeni|montazni stav|first index
        |initial index|anfangsstand""",
    "final_index_m3": "konecny stav|stav pri demontazi|demontazni stav|final index|endstand",
}
"""Columns of devices.csv and assignments.csv, and how lists of devices call them."""

QUANTITY_WORDS: dict[str, str] = {
    "volume_m3": """stav|stav vodomeru|stav pocitadla|stav meridla|stav registru|odecet|odecteny stav|odecet vodomeru
        |novy stav|aktualni stav|index|register|prirustkovy stav|celkovy objem|celkove mnozstvi|celkem m3
        |zahlerstand|zaehlerstand|stand|meter reading|meter index|total volume|cumulative volume|totalizer|suma|
        |sumacni stav|objem celkem""",
    "reverse_volume_m3": "zpetny objem|zpetny stav|stav zpetny|reverse volume|reverse flow volume|ruckflussvolumen",
    "interval_volume_m3": """spotreba|spotreba vody|odebrane mnozstvi|proteklo|protekle mnozstvi|prirustek
        |objem za interval
        |hodinova spotreba|denni spotreba|consumption|water consumption|usage|interval volume|verbrauch
        |wasserverbrauch""",
    "flow_m3h": """prutok|okamzity prutok|prumerny prutok|prutok vody|q|flow|flow rate|instantaneous flow|average flow
        |durchfluss|volumenstrom|momentandurchfluss""",
    "inflow_m3h": "pritok|pritok do vodojemu|pritok do nadrze|inflow|zufluss|zulauf",
    "outflow_m3h": "odtok|odtok z vodojemu|odtok z nadrze|outflow|abfluss|ablauf",
    "level_m": """hladina|vyska hladiny|hladina vodojemu|hladina ve vodojemu|vodni stav|level|water level|tank level
        |fullstand|wasserstand""",
    "stage_m": "kota hladiny|hladina nadrze|stage|pegelstand",
    "storage_m3": "objem nadrze|objem vody v nadrzi|akumulace|storage|speicherinhalt",
    "pressure_m": """tlak|tlak vody|tlak v siti|vystupni tlak|vstupni tlak|p|pressure|water pressure|druck
        |wasserdruck|netzdruck""",
    "temperature_c": "teplota vody|water temperature|wassertemperatur",
    "ambient_temperature_c": """teplota vzduchu|teplota okoli|venkovni teplota|air temperature|ambient temperature
        |outdoor temperature|lufttemperatur|aussentemperatur""",
    "rain_mm": "srazky|uhrn srazek|rain|rainfall|precipitation|niederschlag",
    "evaporation_mm": "vypar|evaporation|verdunstung",
    "run_time_h": "motohodiny|provozni hodiny|doba chodu|run time|running hours|operating hours|betriebsstunden",
    "power_kw": "prikon|vykon cerpadla|power|leistung",
    "energy_kwh": "spotreba energie|elektricka energie|energie|energy|stromverbrauch",
    "chlorine_mgl": "chlor|volny chlor|zbytkovy chlor|chlorine|free chlorine|freies chlor",
    "turbidity_ntu": "zakal|turbidity|trubung",
    "ph": "ph",
    "conductivity_uscm": "vodivost|konduktivita|conductivity|leitfahigkeit",
    "noise_db": "hluk|hladina hluku|noise|gerausch",
    "battery_v": "napeti baterie|baterie|battery voltage|batteriespannung",
    "battery_pct": "stav baterie|kapacita baterie|battery level|batterie",
    "rssi_dbm": "rssi|sila signalu|signal strength",
    "pulses": "impulzy|impulsy|pocet impulzu|pulses|pulse count|impulse",
    "starts_count": "pocet startu|pocet sepnuti|starts|starts count",
    "pump_on": "chod cerpadla|cerpadlo|pump|pump on|pumpe",
}
