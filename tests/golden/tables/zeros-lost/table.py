from openpyxl import Workbook

NAME = "zeros.xlsx"


def make(path):
    book = Workbook()
    sheet = book.active
    sheet.append(["Číslo vodoměru", "Datum odečtu", "Stav (m3)"])
    sheet.append([10001, "1.3.2026", 700])
    sheet.append([10003, "1.3.2026", 350.5])
    book.save(path)
