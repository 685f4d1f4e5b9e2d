"""Byte codecs of LoRaWAN devices: one file a family of devices, one visible table."""
