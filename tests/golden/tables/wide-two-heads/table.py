from datetime import datetime

from openpyxl import Workbook

NAME = "vodojemy.xlsx"


def make(path):
    book = Workbook()
    sheet = book.active
    sheet.title = "Hodinová data"
    sheet["A1"] = "Vodojemy, hodinová data"
    sheet["B3"] = "VDJ 0101"
    sheet["D3"] = "VDJ 0102"
    sheet.merge_cells("B3:C3")
    sheet.merge_cells("D3:E3")
    sheet.append(["Čas", "Hladina", "Odtok", "Hladina", "Odtok"])
    sheet.append([None, "cm", "l/s", "cm", "l/s"])
    for hour in range(6, 9):
        sheet.append([datetime(2026, 11, 24, hour), 250 + hour, 1.5, 310.5, 2.25])  # noqa: DTZ001 - its cells have no zone
    sheet.append([datetime(2026, 11, 24, 9), "chyba", 1.5, None, 2.5])  # noqa: DTZ001 - its cells have no zone
    book.save(path)
