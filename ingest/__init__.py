"""From bytes of any vendor to durable readings: MQTT, decoders, spool drain, file import, simulator."""
