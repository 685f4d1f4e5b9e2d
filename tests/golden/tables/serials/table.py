from openpyxl import Workbook

NAME = "odecty.xlsx"


def make(path):
    book = Workbook()
    sheet = book.active
    sheet.append(["Výrobní číslo", "Datum odečtu", "Odečet vodoměru (m3)"])
    for number, day, index in ((12345678, 46350.3333333333, 12.5), (12345679, 46350.5, 13.75), (12345678, 46351, 14)):
        sheet.append([number, day, index])
    book.save(path)
