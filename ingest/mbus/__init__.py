"""M-Bus, wired (EN 13757-2) and wireless (EN 13757-4, OMS): from a frame's bytes to what the meter says.

link, wired : frames and their check sums            transport, security : headers, decryption
records, coding, units : the standard's records       compact : frames that leave out what a full frame told
izar, apator, techem… : manufacturers' own contents   meter : all of it in one call
"""
