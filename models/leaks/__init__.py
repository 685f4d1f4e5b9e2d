"""Detectors of water lost from the network."""
