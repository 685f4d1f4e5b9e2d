from datetime import datetime

from openpyxl import Workbook

NAME = "listopad.xlsx"


def make(path):
    book = Workbook()
    sheet = book.active
    sheet["A1"] = "Stavy vodoměrů"
    sheet["A3"] = "Vodoměr"
    for day in (21, 22, 23, 24):
        sheet.cell(3, day - 19).value = datetime(2026, 11, day)  # noqa: DTZ001 - its cells have no zone
    sheet.append(["12345678", 100.5, 101, 101.25, 102])
    sheet.append(["12345679", 2000, None, "chyba", 2000.75])
    book.save(path)
